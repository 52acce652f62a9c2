// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "export/source_text.h"
#include "stapes/version.h"

namespace stapes {
namespace {

// The declaration of an array; prepared weights may be read with vector loads.
std::string declaration(const CArray& array, const char* storage) {
  const char* align = array.name.ends_with("_prepared") || array.name.ends_with("_weights") ? "alignas(16) " : "";
  return fmt::format("{}{}const {} {}[{}]", align, storage, array.type, array.name, array.count);
}

}  // namespace

std::string first_line(const std::string& file, const std::string& what) {
  return fmt::format("// {}: {}. Written by stapes {}; do not edit.\n", file, what, STAPES_VERSION_STRING);
}

std::string kernel_alias(const ExportPlan& plan) {
  return fmt::format("\nnamespace stapes = {};  // named by the content of the kernels\n", plan.kernel_namespace());
}

std::string weights_header(const ExportPlan& plan) {
  std::string text = first_line(plan.name() + "_weights.h", "the constants of the layers");
  text += fmt::format("#pragma once\n\n#include <stdint.h>\n\nnamespace {}_weights {{\n\n", plan.name());
  for (const ExportedLayer& layer : plan.layers()) {
    for (const CArray& array : layer.call.arrays) text += fmt::format("{};\n", declaration(array, "extern "));
  }
  return text + fmt::format("\n}}  // namespace {}_weights\n", plan.name());
}

std::string weights_source(const ExportPlan& plan) {
  std::string text = first_line(plan.name() + "_weights.cpp", "the constants of the layers");
  text += fmt::format("#include \"{0}_weights.h\"\n\nnamespace {0}_weights {{\n", plan.name());
  for (const ExportedLayer& layer : plan.layers()) {
    for (const CArray& array : layer.call.arrays) {
      text += fmt::format("\n{} = {{\n{}}};\n", declaration(array, ""), array.values);
    }
  }
  return text + fmt::format("\n}}  // namespace {}_weights\n", plan.name());
}

}  // namespace stapes
