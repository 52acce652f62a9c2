// SPDX-License-Identifier: Apache-2.0
#include "emulate/board.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/names.h"
#include "emulate/memory_units.h"
#include "export/target.h"

namespace stapes {
namespace {

// With shift 7, an instruction takes 3.2 or 2.56 ticks of the board's counter, so counts are exact
// (firmware/counter.h).
constexpr int kArmShift = 7;

struct MpsBoard {
  std::string machine, linker_script, counter;
  int counter_hz;
};

const MpsBoard kAn385 = {"mps2-an385", "boards/mps2.ld", "0x40028000", 25'000'000};
const MpsBoard kAn386 = {"mps2-an386", "boards/mps2.ld", "0x40028000", 25'000'000};
const MpsBoard kAn500 = {"mps2-an500", "boards/mps2_an500.ld", "0x40028000", 25'000'000};
// The counter's secure alias: the board starts in the secure state, which cannot access the other address.
const MpsBoard kAn505 = {"mps2-an505", "boards/mps2_an505.ld", "0x50302000", 20'000'000};
const MpsBoard kAn547 = {"mps3-an547", "boards/mps3_an547.ld", "0x49302000", 20'000'000};

// A board with the compiler and flags of the export target `target`.
Board board_for(const std::string& target, const std::string& core) {
  Board board;
  board.name = target;
  board.core = core;
  board.tools = find_target(target).tool_prefix;
  board.flags = find_target(target).compile_flags;
  return board;
}

Board cortex_m(const std::string& name, const std::string& core, const MpsBoard& mps) {
  Board board = board_for(name, core);
  board.harness_flags = {"-DSTAPES_FPGAIO=" + mps.counter, fmt::format("-DSTAPES_COUNTER_HZ={}", mps.counter_hz)};
  board.firmware = {"cortex_m/start.cpp", "semihosting.cpp", "count_call.cpp", "report_cost.cpp"};
  board.linker_script = mps.linker_script;
  board.emulator = {"qemu-system-arm", "-M", mps.machine};
  board.icount_shift = kArmShift;
  board.needs = {{"arm-none-eabi-g++", "gcc-arm-none-eabi", 465},
                 {"", "libnewlib-arm-none-eabi", 378},
                 {"qemu-system-arm", "qemu-system-arm", 76}};
  return board;
}

Board cortex_m0() {
  // QEMU's M0 boards are too small, so Armv6-M code runs on an M3.
  Board board = cortex_m("cortex-m0", "Cortex-M0 (Armv6-M code, run on an emulated Cortex-M3)", kAn385);
  board.product = "STM32F091";
  board.flash_bytes = 256 * kKiB;
  board.ram_bytes = 32 * kKiB;
  board.clock_hz = 48e6;
  board.cycles_per_instruction = 1.5;
  return board;
}

Board cortex_m4() {
  Board board = cortex_m("cortex-m4", "Cortex-M4 with FPU", kAn386);
  board.product = "STM32F407";
  board.flash_bytes = 1 * kMiB;
  board.ram_bytes = 192 * kKiB;
  board.clock_hz = 168e6;
  board.cycles_per_instruction = 1.4;
  return board;
}

Board cortex_m33() {
  Board board = cortex_m("cortex-m33", "Cortex-M33 with DSP extension and FPU", kAn505);
  board.product = "STM32U575";
  board.flash_bytes = 2 * kMiB;
  board.ram_bytes = 768 * kKiB;  // contiguous, of 786 KiB in all
  board.clock_hz = 160e6;
  board.cycles_per_instruction = 1.25;
  return board;
}

Board cortex_m7() {
  Board board = cortex_m("cortex-m7", "Cortex-M7 with FPU", kAn500);
  board.product = "STM32H743";
  board.flash_bytes = 2 * kMiB;
  board.ram_bytes = 1 * kMiB;
  board.clock_hz = 480e6;
  board.cycles_per_instruction = 0.9;
  return board;
}

Board cortex_m55() {
  Board board = cortex_m("cortex-m55", "Cortex-M55 with MVE and FPU", kAn547);
  board.product = "Alif Ensemble E3";
  board.flash_bytes = 5632 * kKiB;
  board.ram_bytes = 4 * kMiB;
  board.clock_hz = 160e6;
  board.cycles_per_instruction = 1.6;
  return board;
}

Board riscv32() {
  Board board = board_for("riscv32", "RISC-V RV32IMC");
  board.memory_flags = {"-mcmodel=medany"};        // memory starts at 2 GiB
  board.harness_flags = {"-march=rv32imc_zicsr"};  // only for firmware/: GCC 12 has no library for this architecture
  board.firmware = {"riscv/start.cpp", "semihosting.cpp", "count_call.cpp", "report_cost.cpp"};
  board.linker_script = "boards/riscv_virt.ld";
  board.emulator = {"qemu-system-riscv32", "-M", "virt", "-bios", "none"};
  board.needs = {{"riscv64-unknown-elf-g++", "gcc-riscv64-unknown-elf", 214},
                 {"", "picolibc-riscv64-unknown-elf", 1240},
                 {"qemu-system-riscv32", "qemu-system-misc", 245}};
  board.product = "ESP32-C3";
  board.flash_bytes = 4 * kMiB;
  board.ram_bytes = 400 * kKiB;
  board.clock_hz = 160e6;
  board.cycles_per_instruction = 1.4;
  return board;
}

// Firmware and linking use the flags of riscv32: GCC 12 has no library for Zbb.
Board riscv32_zbb() {
  Board board = riscv32();
  board.name = "riscv32-zbb";
  board.core = "RISC-V RV32IMC with Zbb";
  board.product = "ESP32-C3-like chip";
  return board;
}

Board host() {
  Board board;
  board.name = "host";
  board.core = "this machine";
  board.harness_flags = {"-DSTAPES_HOST"};
  board.firmware = {"host/console.cpp", "host/report_cost.cpp"};
  board.needs = {{"g++", "g++", 0}, {"", "libc6-dev", 0}};
  return board;
}

}  // namespace

const std::vector<Board>& boards() {
  static const std::vector<Board> all = {cortex_m0(),  cortex_m4(), cortex_m33(),  cortex_m7(),
                                         cortex_m55(), riscv32(),   riscv32_zbb(), host()};
  return all;
}

std::vector<std::string> board_names() {
  std::vector<std::string> names;
  for (const Board& board : boards()) names.push_back(board.name);
  return names;
}

const Board* board_called(std::string_view name) {
  const auto found = std::ranges::find(boards(), target_of_family(name), &Board::name);
  return found == boards().end() ? nullptr : &*found;
}

const Board& find_board(const std::string& name) {
  if (const Board* board = board_called(name)) return *board;
  throw UsageError("no board for target '{}'; choose {}", name, alternatives(board_names()));
}

}  // namespace stapes
