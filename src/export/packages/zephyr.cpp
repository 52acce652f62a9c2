// SPDX-License-Identifier: Apache-2.0
// A Zephyr module (docs.zephyrproject.org: develop/modules) with a sample.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "export/packages/manifests.h"
#include "export/source_text.h"
#include "stapes/version.h"

namespace stapes {
namespace {

std::string library(const ExportPlan& plan, const BuildDescription& build) {
  return fmt::format(
      "# Library {0} of a Zephyr program. Written by stapes {1}.\n"
      "if(CONFIG_STAPES_{2})\n"
      "  set(root ${{CMAKE_CURRENT_LIST_DIR}}/..)\n"
      "  zephyr_library_named({0})\n"
      "  zephyr_library_sources({3})\n"
      "  zephyr_include_directories(${{root}}/include)\n"
      "  zephyr_library_include_directories(${{root}}/src)\n"
      "  zephyr_library_compile_options({4})\n"
      "endif()\n",
      plan.name(), STAPES_VERSION_STRING, plan.upper_name(), source_list(build, "\n    ${root}/"),
      fmt::join(library_flags(build), " "));
}

std::string kconfig(const ExportPlan& plan) {
  return fmt::format(
      "# Written by stapes {0}.\n"
      "config STAPES_{1}\n"
      "\tbool \"{2}: a neural network written by stapes\"\n"
      "\tdepends on CPP && !STD_CPP98 && !STD_CPP11\n"
      "\tselect REQUIRES_FULL_LIBCPP\n"
      "\thelp\n"
      "\t  {3}. Needs C++14 or later and the headers\n"
      "\t  of a complete C++ library, but nothing to link.\n",
      STAPES_VERSION_STRING, plan.upper_name(), plan.name(), package_sentence(plan));
}

std::string sample_yaml(const ExportPlan& plan) {
  return fmt::format(
      "sample:\n  name: {0}\n  description: {1}\n"
      "tests:\n  sample.{0}.listen:\n    tags: neural_network\n    harness: console\n    harness_config:\n"
      "      type: one_line\n      regex:\n        - \"self-test passed\"\n",
      plan.name(), package_sentence(plan));
}

}  // namespace

void add_zephyr_files(const ExportPlan& plan, const BuildDescription& build, ExportFiles& files) {
  files["zephyr/module.yml"] =
      fmt::format("name: stapes_{}\nbuild:\n  cmake: ./zephyr\n  kconfig: ./zephyr/Kconfig\n", plan.name());
  files["zephyr/CMakeLists.txt"] = library(plan, build);
  files["zephyr/Kconfig"] = kconfig(plan);
  files["samples/listen/CMakeLists.txt"] = fmt::format(
      "cmake_minimum_required(VERSION 3.20)\n"
      "list(APPEND ZEPHYR_EXTRA_MODULES ${{CMAKE_CURRENT_SOURCE_DIR}}/../..)\n"
      "find_package(Zephyr REQUIRED HINTS $ENV{{ZEPHYR_BASE}})\n"
      "project({}_listen)\n"
      "target_sources(app PRIVATE src/main.c)\n",
      plan.name());
  files["samples/listen/prj.conf"] =
      fmt::format("CONFIG_CPP=y\nCONFIG_STD_CPP17=y\nCONFIG_STAPES_{}=y\nCONFIG_MAIN_STACK_SIZE=8192\n{}",
                  plan.upper_name(), plan.has_float_scores() ? "CONFIG_FPU=y\n" : "");
  files["samples/listen/sample.yaml"] = sample_yaml(plan);
  files["samples/listen/src/main.c"] =
      sample_program(plan, console_style({.header = "zephyr/sys/printk.h", .print = "printk"}));
}

}  // namespace stapes
