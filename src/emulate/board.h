// SPDX-License-Identifier: Apache-2.0
// board.h: the machines an exported model can be measured on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stapes {

struct Tool {
  std::string program;  // empty: the C library of the board's compiler
  std::string package;  // Debian's, which has it
  int megabytes = 0;    // that the package takes on disk with what it depends on, in Debian 12
};

struct Board {
  std::string name;  // what --target calls it
  std::string core;  // what runs the code, for people

  // How an image is built: <tools>g++ compiles the files of firmware/ and <tools>gcc links, with the flags of the core;
  // an export is compiled by its own build description.
  std::string tools;
  std::vector<std::string> flags;
  std::vector<std::string> harness_flags;  // for the files of firmware/, beside those
  std::vector<std::string> memory_flags;   // for all files: where the memory of the board lies
  std::vector<std::string> firmware;       // files of firmware/ it needs, without the shared ones
  std::string linker_script;               // in firmware/; empty: an ordinary program of this machine

  // How it is run: the emulator's command before what is the same for all; empty: directly, on this machine.
  std::vector<std::string> emulator;
  int icount_shift = 0;  // its clock advances 2^shift ns an instruction

  std::vector<Tool> needs;

  // A product with this core, whose memory is the limit and whose clock the default of the estimate.
  std::string product;
  std::int64_t flash_bytes = 0, ram_bytes = 0;
  double clock_hz = 0;

  double cycles_per_instruction = 0;  // assumed, never measured: docs/microcontrollers.md says why this number

  bool emulated() const { return !emulator.empty(); }
};

const std::vector<Board>& boards();  // smallest first, the host last

std::vector<std::string> board_names();

// By its name or that of its family; none: null.
const Board* board_called(std::string_view name);

// The same. Throws UsageError naming those there are.
const Board& find_board(const std::string& name);

}  // namespace stapes
