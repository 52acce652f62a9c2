// SPDX-License-Identifier: Apache-2.0
#include "export/target.h"

#include <algorithm>

#include "base/names.h"

namespace stapes {
namespace {

// Scheduling before register allocation needs more registers than Armv7E-M has. Without it, the unrolled kernels of
// conv1 and conv2 take 15 to 20 % fewer instructions.
const std::vector<std::string> kForFewRegisters = {"-O3", "-fno-schedule-insns"};

}  // namespace

std::string_view target_of_family(std::string_view name) {
  if (name == "cortex-m") return "cortex-m4";
  return name == "riscv" ? "riscv32" : name;
}

const std::vector<std::string>& export_flags() {
  static const std::vector<std::string> flags = {"-ffp-contract=off",
                                                 "-fno-exceptions",
                                                 "-fno-rtti",
                                                 "-fno-unwind-tables",
                                                 "-fno-asynchronous-unwind-tables",
                                                 "-fno-threadsafe-statics",
                                                 "-ffunction-sections",
                                                 "-fdata-sections"};
  return flags;
}

const std::vector<ArduinoCore>& arduino_cores() {
  static const std::vector<ArduinoCore> cores = {
      {"samd", "arm-none-eabi-", {"-mcpu=cortex-m0plus", "-mthumb", "-std=gnu++14"}},
      {"mbed_nano", "arm-none-eabi-", {"-mcpu=cortex-m4", "-mthumb", "-std=gnu++14"}},
      {"mbed_rp2040", "arm-none-eabi-", {"-mcpu=cortex-m0plus", "-mthumb", "-std=gnu++14"}},
      {"mbed_portenta", "arm-none-eabi-", {"-mcpu=cortex-m7", "-mthumb", "-std=gnu++14"}},
      {"rp2040", "arm-none-eabi-", {"-mcpu=cortex-m0plus", "-mthumb", "-std=gnu++17"}},
      {"renesas_uno", "arm-none-eabi-", {"-mcpu=cortex-m4", "-mthumb", "-std=gnu++17"}},
  };
  return cores;
}

const std::vector<Target>& all_targets() {
  static const std::vector<Target> targets = {
      {.name = "cortex-m0",
       .description = "Arm Cortex-M0 (Armv6-M)",
       .isa = Isa::kPlain,
       .has_fpu = false,
       .tool_prefix = "arm-none-eabi-",
       .compile_flags = {"-mcpu=cortex-m0", "-mthumb", "-mfloat-abi=soft"}},
      {.name = "cortex-m4",
       .description = "Arm Cortex-M4F (Armv7E-M, DSP, FPU)",
       .isa = Isa::kArmDsp,
       .has_fpu = true,
       .tool_prefix = "arm-none-eabi-",
       .compile_flags = {"-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"},
       .tuning = kForFewRegisters},
      {.name = "cortex-m33",
       .description = "Arm Cortex-M33 (Armv8-M, DSP, single-precision FPU)",
       .isa = Isa::kArmDsp,
       .has_fpu = true,
       .tool_prefix = "arm-none-eabi-",
       .compile_flags = {"-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"},
       .tuning = kForFewRegisters},
      {.name = "cortex-m7",
       .description = "Arm Cortex-M7 (Armv7E-M, DSP, single-precision FPU)",
       .isa = Isa::kArmDsp,
       .has_fpu = true,
       .tool_prefix = "arm-none-eabi-",
       .compile_flags = {"-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"},
       .tuning = kForFewRegisters},
      {.name = "cortex-m55",
       .description = "Arm Cortex-M55 (Armv8.1-M, MVE)",
       .isa = Isa::kMve,
       .has_fpu = true,
       .tool_prefix = "arm-none-eabi-",
       .compile_flags = {"-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"}},
      {.name = "riscv32",
       .description = "RISC-V RV32IMC",
       .isa = Isa::kPlain,
       .has_fpu = false,
       .tool_prefix = "riscv64-unknown-elf-",
       .compile_flags = {"-march=rv32imc", "-mabi=ilp32", "--specs=picolibc.specs"}},
      {.name = "riscv32-zbb",
       .description = "RISC-V RV32IMC with Zbb",
       .isa = Isa::kRvZbb,
       .has_fpu = false,
       .tool_prefix = "riscv64-unknown-elf-",
       .compile_flags = {"-march=rv32imc_zbb", "-mabi=ilp32", "--specs=picolibc.specs"}},
      {.name = "host",
       .description = "the machine that compiles the code",
       .isa = Isa::kPlain,
       .has_fpu = true,
       .tool_prefix = "",
       .compile_flags = {}},
      {.name = "arduino",
       .description = "any Arduino board",
       .isa = Isa::kPlain,
       .has_fpu = true,
       .tool_prefix = "",
       .compile_flags = {},
       .is_arduino = true},
  };
  return targets;
}

std::vector<std::string> target_names() {
  std::vector<std::string> names;
  for (const Target& target : all_targets()) names.push_back(target.name);
  return names;
}

const Target& find_target(std::string_view name) {
  const auto& targets = all_targets();
  const auto found =
      std::ranges::find_if(targets, [&](const Target& target) { return target.name == target_of_family(name); });
  if (found == targets.end()) refuse_unknown_name("target", name, target_names());
  return *found;
}

}  // namespace stapes
