// SPDX-License-Identifier: Apache-2.0
// target.h: the processors that models are exported for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stapes/isa.h"

namespace stapes {

struct Target {
  std::string name;                        // "cortex-m4"
  std::string description;                 // "Arm Cortex-M4F"
  Isa isa;                                 // of the kernels
  bool has_fpu;                            // whether float layers may run
  std::string tool_prefix;                 // of the compiler: "arm-none-eabi-"; empty: the host's own
  std::vector<std::string> compile_flags;  // that select the processor
  // GCC flags for the kernels: the fastest found (docs/guides/microcontrollers.md).
  std::vector<std::string> tuning = {"-O3"};
  bool is_arduino = false;  // a library for the Arduino tools, which choose compiler and flags themselves
};

// The Arduino cores in library.properties. Tests compile an export for each.
struct ArduinoCore {
  std::string architecture;        // "renesas_uno"
  std::string tool_prefix;         // of the compiler: "arm-none-eabi-"
  std::vector<std::string> flags;  // of the processor, and the standard that the core sets
};
const std::vector<ArduinoCore>& arduino_cores();

// For every export: no fused float operations, no exceptions, and sections that let the linker drop unused functions.
const std::vector<std::string>& export_flags();

// Without the aliases cortex-m and riscv.
const std::vector<Target>& all_targets();

std::vector<std::string> target_names();

// cortex-m -> cortex-m4, riscv -> riscv32; other names stay the same.
std::string_view target_of_family(std::string_view name);

// Finds a target by its own or its family's name. Throws UsageError listing the names.
const Target& find_target(std::string_view name);

}  // namespace stapes
