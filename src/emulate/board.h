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
  std::string package;  // the Debian package that has it
  int megabytes = 0;    // disk space of the package with its dependencies, in Debian 12
};

struct Board {
  std::string name;  // its name for --target
  std::string core;  // the machine that runs the code, as shown to users

  // How an image is built: <tools>g++ compiles the files of firmware/ and <tools>gcc links, with the flags of the core;
  // an export has its own build description.
  std::string tools;
  std::vector<std::string> flags;
  std::vector<std::string> harness_flags;  // additional flags for the files of firmware/
  std::vector<std::string> memory_flags;   // for all files: the memory map of the board
  std::vector<std::string> firmware;       // files of firmware/ in addition to the shared ones
  std::string linker_script;               // in firmware/; empty: an ordinary program for this machine

  // How an image is run: the emulator's command, without the arguments that all boards share; empty: run on this
  // machine.
  std::vector<std::string> emulator;
  int icount_shift = 0;  // the emulated clock advances 2^shift ns per instruction

  std::vector<Tool> needs;

  // A product with this core: its memory is the limit, and its clock the default for estimates.
  std::string product;
  std::int64_t flash_bytes = 0, ram_bytes = 0;
  double clock_hz = 0;

  double cycles_per_instruction = 0;  // assumed, not measured; docs/guides/microcontrollers.md explains the number

  bool emulated() const { return !emulator.empty(); }
};

const std::vector<Board>& boards();  // smallest first, the host last

std::vector<std::string> board_names();

// Finds a board by its name or its family's name; null if there is none.
const Board* board_called(std::string_view name);

// Like board_called(), but throws UsageError listing the boards.
const Board& find_board(const std::string& name);

}  // namespace stapes
