// SPDX-License-Identifier: Apache-2.0
// energy_board.h: boards with published energy measurements, and the constants of the estimate.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stapes {

struct FactorRange {
  double low = 0, high = 0;

  double middle() const { return (low + high) / 2; }
};

struct EnergyBoard {
  std::string name;  // its name for --board
  std::string kit;   // the board that was measured
  std::string chip;
  std::string target;  // the emulated core that counts its instructions, for find_board()
  std::int64_t flash_bytes = 0, ram_bytes = 0;
  double clock_hz = 0;
  std::string supply;  // during the measurement

  // For the whole board at clock_hz: the lowest and highest of the models of MLPerf Tiny v1.3.
  FactorRange picojoules_per_cycle;
  // A range around the number assumed for the core (board.h); see docs/guides/microcontrollers.md.
  FactorRange cycles_per_instruction;
};

const std::vector<EnergyBoard>& energy_boards();

std::vector<std::string> energy_board_names();

// Throws UsageError listing the names.
const EnergyBoard& find_energy_board(const std::string& name);

}  // namespace stapes
