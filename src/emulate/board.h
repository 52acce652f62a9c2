// SPDX-License-Identifier: Apache-2.0
// board.h: machines on which an exported model can be measured.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stapes {

struct Tool {
  std::string program;  // empty: the C library of the board's compiler
  std::string package;  // Debian package
  int megabytes = 0;    // on disk, with dependencies, in Debian 12
};

struct Board {
  std::string name;  // its name for --target
  std::string core;  // the machine, as shown to users

  // Building: <tools>g++ compiles firmware/ and <tools>gcc links, with the flags of the core. Exports have their own
  // build description.
  std::string tools;
  std::vector<std::string> flags;
  std::vector<std::string> harness_flags;  // additional, for firmware/
  std::vector<std::string> memory_flags;   // for all files: the memory map of the board
  std::vector<std::string> firmware;       // additional files of firmware/
  std::string linker_script;               // in firmware/; empty: an ordinary program for this machine

  // Running: the emulator's command without the arguments shared by all boards; empty: run on this machine.
  std::vector<std::string> emulator;
  int icount_shift = 0;  // the emulated clock advances 2^shift ns per instruction

  std::vector<Tool> needs;

  // A product with this core. Its memory is the limit, its clock the default for estimates.
  std::string product;
  std::int64_t flash_bytes = 0, ram_bytes = 0;
  double clock_hz = 0;

  double cycles_per_instruction = 0;  // assumed; see docs/guides/microcontrollers.md

  bool emulated() const { return !emulator.empty(); }
};

const std::vector<Board>& boards();  // smallest first, the host last

std::vector<std::string> board_names();

// Finds a board by its own or its family's name; null if there is none.
const Board* board_called(std::string_view name);

// Like board_called(), but throws UsageError listing the boards.
const Board& find_board(const std::string& name);

}  // namespace stapes
