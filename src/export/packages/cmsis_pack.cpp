// SPDX-License-Identifier: Apache-2.0
// A CMSIS-Pack (open-cmsis-pack.github.io: PDSC schema 1.7) and a layer for csolution projects that uses it in place.
#include <fmt/format.h>

#include "export/packages/manifests.h"
#include "stapes/version.h"

namespace stapes {
namespace {

// The core by its name in the schema: "Cortex-M0" of "cortex-m0".
std::string core_of(const Target& target) { return "Cortex-M" + target.name.substr(std::string("cortex-m").size()); }

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
      <require Dcore="{core}"/>
    </condition>
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
      fmt::arg("core", core_of(plan.target())), fmt::arg("files", file_list(plan, build)));
}

}  // namespace

void add_cmsis_pack_files(const ExportPlan& plan, const BuildDescription& build, const PackageRequest& request,
                          ExportFiles& files) {
  const std::string id = request.vendor + "." + plan.name();
  files[id + ".pdsc"] = pdsc(plan, build, request);
  std::string flags;
  for (const std::string& flag : library_flags(build)) flags += "\n            - " + flag;
  files[plan.name() + ".clayer.yml"] = fmt::format(
      "# A layer for csolution projects. Written by stapes {0}.\n"
      "layer:\n  type: Machine Learning\n  description: {1}\n"
      "  packs:\n    - pack: {2}::{3}\n      path: .\n"
      "  components:\n    - component: {2}::Machine Learning:Classifier:{3}\n"
      "      misc:\n        - for-compiler: GCC\n          CPP:{4}\n",
      STAPES_VERSION_STRING, package_sentence(plan), request.vendor, plan.name(), flags);
  files["examples/listen/main.c"] = sample_program(plan, console_style());
}

}  // namespace stapes
