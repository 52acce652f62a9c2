// SPDX-License-Identifier: Apache-2.0
// An ESP-IDF component (idf_component.yml: docs.espressif.com/projects/idf-component-manager, manifest file).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "export/packages/manifests.h"
#include "stapes/version.h"

namespace stapes {

void add_esp_idf_files(const ExportPlan& plan, const BuildDescription& build, const PackageRequest& request,
                       ExportFiles& files) {
  files["CMakeLists.txt"] = fmt::format(
      "# Component {0} of ESP-IDF. Written by stapes {1}.\n"
      "idf_component_register(\n  SRCS{2}\n  INCLUDE_DIRS include\n  PRIV_INCLUDE_DIRS src)\n"
      "target_compile_options(${{COMPONENT_LIB}} PRIVATE {3})\n",
      plan.name(), STAPES_VERSION_STRING, source_list(build, "\n    "), fmt::join(library_flags(build), " "));
  files["idf_component.yml"] = fmt::format(
      "version: \"{0}\"\ndescription: \"{1}: a neural network written by stapes\"\nurl: \"{2}\"\n"
      "license: \"Apache-2.0\"\ndependencies:\n  idf:\n    version: \">=5.0\"\n",
      request.version, plan.name(), package_url(request));
  files["examples/listen/CMakeLists.txt"] =
      "cmake_minimum_required(VERSION 3.16)\ninclude($ENV{IDF_PATH}/tools/cmake/project.cmake)\nproject(listen)\n";
  files["examples/listen/main/CMakeLists.txt"] = "idf_component_register(SRCS main.c)\n";
  // The package's folder must have the component's name, since ESP-IDF names components after their folders.
  files["examples/listen/main/idf_component.yml"] =
      fmt::format("dependencies:\n  {}:\n    version: \"*\"\n    override_path: ../../..\n", plan.name());
  files["examples/listen/main/main.c"] =
      sample_program(plan, console_style({.entry = "void app_main(void)", .failure = "return;", .success = ""}));
  files["examples/listen/sdkconfig.defaults"] = "CONFIG_ESP_MAIN_TASK_STACK_SIZE=8192\n";
}

}  // namespace stapes
