// SPDX-License-Identifier: Apache-2.0
#include "emulate/energy_board.h"

#include "base/names.h"
#include "emulate/memory_units.h"

namespace stapes {
namespace {

// From Arm DDI 0439 and the instructions executed: a taken branch takes 2 to 4 cycles, a load 1 or 2.
constexpr FactorRange kCortexM4Cycles = {1.2, 1.6};
// The M4's range * 1.75 / 1.96, like the M33's number in board.cpp (docs/guides/microcontrollers.md).
constexpr FactorRange kCortexM33Cycles = {1.07, 1.43};

}  // namespace

const std::vector<EnergyBoard>& energy_boards() {
  static const std::vector<EnergyBoard> boards = {
      {.name = "l4r5",
       .kit = "NUCLEO-L4R5ZI-P",
       .chip = "STM32L4R5ZI",
       .target = "cortex-m4",
       .flash_bytes = 2 * kMiB,
       .ram_bytes = 640 * kKiB,
       .clock_hz = 120e6,
       .supply = "3 V, external step-down converter",
       .picojoules_per_cycle = {275, 282},
       .cycles_per_instruction = kCortexM4Cycles},
      {.name = "u575",
       .kit = "NUCLEO-U575ZI-Q",
       .chip = "STM32U575ZI",
       .target = "cortex-m33",
       .flash_bytes = 2 * kMiB,
       .ram_bytes = 768 * kKiB,
       .clock_hz = 160e6,
       .supply = "1.8 V, on-chip step-down converter",
       .picojoules_per_cycle = {143, 150},
       .cycles_per_instruction = kCortexM33Cycles},
      {.name = "u385",
       .kit = "NUCLEO-U385RG-Q",
       .chip = "STM32U385RG",
       .target = "cortex-m33",
       .flash_bytes = 1 * kMiB,
       .ram_bytes = 256 * kKiB,
       .clock_hz = 96e6,
       .supply = "1.8 V, on-chip step-down converter",
       .picojoules_per_cycle = {53, 61},
       .cycles_per_instruction = kCortexM33Cycles},
  };
  return boards;
}

std::vector<std::string> energy_board_names() {
  std::vector<std::string> names;
  for (const EnergyBoard& board : energy_boards()) names.push_back(board.name);
  return names;
}

const EnergyBoard& find_energy_board(const std::string& name) {
  for (const EnergyBoard& board : energy_boards()) {
    if (board.name == name) return board;
  }
  refuse_unknown_name("board", name, energy_board_names());
}

}  // namespace stapes
