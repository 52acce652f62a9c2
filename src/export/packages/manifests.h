// SPDX-License-Identifier: Apache-2.0
// manifests.h: writes the files of each package, with shared helpers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "export/packages/package.h"

namespace stapes {

void add_plain_files(const ExportPlan& plan, const BuildDescription& build, ExportFiles& files);
void add_zephyr_files(const ExportPlan& plan, const BuildDescription& build, ExportFiles& files);
void add_esp_idf_files(const ExportPlan& plan, const BuildDescription& build, const PackageRequest& request,
                       ExportFiles& files);
void add_platformio_files(const ExportPlan& plan, const BuildDescription& build, const PackageRequest& request,
                          ExportFiles& files);
void add_arduino_files(const ExportPlan& plan, const PackageRequest& request, ExportFiles& files);
void add_cmsis_pack_files(const ExportPlan& plan, const BuildDescription& build, const PackageRequest& request,
                          ExportFiles& files);

// "Classifies sounds on Arm Cortex-M4F"
std::string package_sentence(const ExportPlan& plan);
// The web page that the manifests link to.
std::string package_url(const PackageRequest& request);
// All source paths, each after `before`.
std::string source_list(const BuildDescription& build, std::string_view before);
// Flags that affect results and speed, without those that select the processor.
std::vector<std::string> library_flags(const BuildDescription& build);

// How an ecosystem's sample program starts and prints, as C code.
struct SampleStyle {
  std::string includes;
  std::string say;           // prints `text`
  std::string report;        // prints `label`
  std::string report_share;  // prints `label` and `percent`
  std::string entry;         // the functions that the ecosystem calls
};

// A program that runs the self-test, then classifies the input from a function that the user fills in.
std::string sample_program(const ExportPlan& plan, const SampleStyle& style);

// The console and entry function of an ecosystem with C programs.
struct Console {
  std::string_view header = "stdio.h";        // that declares `print`
  std::string_view print = "printf";          // takes the formats %s and %d
  std::string_view entry = "int main(void)";  // ends with one of these:
  std::string_view failure = "return 1;";
  std::string_view success = "  return 0;\n";
};
SampleStyle console_style(const Console& console = {});

}  // namespace stapes
