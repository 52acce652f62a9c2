// SPDX-License-Identifier: Apache-2.0
// A CMSIS-Pack (open-cmsis-pack.github.io: PDSC schema 1.7) and a layer for csolution projects that uses it in place.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "export/packages/manifests.h"
#include "stapes/version.h"

namespace stapes {
namespace {

// The cores that run the code, by their names in the schema: the M0+ has all instructions of the M0.
std::string cores_of(const Target& target) {
  const std::string core = "Cortex-M" + target.name.substr(std::string("cortex-m").size());
  const std::string text = fmt::format("      <accept Dcore=\"{}\"/>\n", core);
  return core == "Cortex-M0" ? text + "      <accept Dcore=\"Cortex-M0+\"/>\n" : text;
}

// The entry of a layer for one compiler.
std::string flags_for(std::string_view compiler, const std::vector<std::string>& flags) {
  return fmt::format("        - for-compiler: {}\n          CPP:\n            - {}\n", compiler,
                     fmt::join(flags, "\n            - "));
}

std::string xml_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : std::string(1, c);
  }
  return escaped;
}

std::string file_list(const ExportPlan& plan, const BuildDescription& build) {
  std::string text = fmt::format(
      "        <file category=\"include\" name=\"include/\"/>\n"
      "        <file category=\"include\" name=\"src/\"/>\n"
      "        <file category=\"header\" name=\"include/{}.h\"/>\n",
      plan.name());
  for (const SourceFile& source : build.sources) {
    text += fmt::format("        <file category=\"sourceCpp\" name=\"{}\"/>\n", source.path);
  }
  return text;
}

std::string pdsc(const ExportPlan& plan, const BuildDescription& build, const PackageRequest& request) {
  return fmt::format(
      R"(<?xml version="1.0" encoding="UTF-8"?>
<package schemaVersion="1.7.36" xmlns:xs="http://www.w3.org/2001/XMLSchema-instance" xs:noNamespaceSchemaLocation="PACK.xsd">
  <vendor>{vendor}</vendor>
  <name>{name}</name>
  <description>{sentence}: a neural network written by stapes {stapes}</description>
  <url>{url}</url>
  <license>LICENSE</license>
  <releases>
    <release version="{version}">Written by stapes {stapes}</release>
  </releases>
  <conditions>
    <condition id="Core">
      <description>The core that the kernels are written for</description>
{cores}    </condition>
  </conditions>
  <components>
    <component Cvendor="{vendor}" Cclass="Machine Learning" Cgroup="Classifier" Csub="{name}" Cversion="{version}" condition="Core">
      <description>{sentence}</description>
      <files>
{files}      </files>
    </component>
  </components>
</package>
)",
      fmt::arg("vendor", request.vendor), fmt::arg("name", plan.name()),
      fmt::arg("sentence", xml_text(package_sentence(plan))), fmt::arg("stapes", STAPES_VERSION_STRING),
      fmt::arg("url", xml_text(package_url(request))), fmt::arg("version", request.version),
      fmt::arg("cores", cores_of(plan.target())), fmt::arg("files", file_list(plan, build)));
}

}  // namespace

void add_cmsis_pack_files(const ExportPlan& plan, const BuildDescription& build, const PackageRequest& request,
                          ExportFiles& files) {
  const std::string id = request.vendor + "." + plan.name();
  files[id + ".pdsc"] = pdsc(plan, build, request);
  files[plan.name() + ".clayer.yml"] = fmt::format(
      "# A layer for csolution projects. Written by stapes {0}.\n"
      "layer:\n  type: Machine Learning\n  description: {1}\n"
      "  packs:\n    - pack: {2}::{3}\n      path: .\n"
      "  components:\n    - component: {2}::Machine Learning:Classifier:{3}\n"
      "      misc:\n{4}{5}{6}",
      STAPES_VERSION_STRING, package_sentence(plan), request.vendor, plan.name(),
      flags_for("GCC", library_flags(build)), flags_for("AC6", build.flags), flags_for("CLANG", build.flags));
  files["examples/listen/main.c"] = sample_program(plan, console_style());
}

}  // namespace stapes
