// SPDX-License-Identifier: Apache-2.0
#include "emulate/tools.h"

#include <chrono>

#include "base/error.h"
#include "base/process.h"

namespace stapes {
namespace {

// Compiler and C library are separate packages; the kernels include <string.h>.
std::string library_package(const Board& board) {
  if (board.tools == "arm-none-eabi-") return "libnewlib-arm-none-eabi";
  if (board.tools == "riscv64-unknown-elf-") return "picolibc-riscv64-unknown-elf";
  return "libc6-dev";
}

bool has_c_library(const Board& board) {
  std::vector<std::string> command = {board.tools + "g++"};
  command.insert(command.end(), board.flags.begin(), board.flags.end());
  command.insert(command.end(), {"-x", "c++", "-fsyntax-only", "-include", "string.h", "/dev/null"});
  return run_to_end(command, "", std::chrono::seconds(60)).status == 0;
}

}  // namespace

std::optional<std::string> missing_tool(const Board& board) {
  for (const Tool& tool : board.needs) {
    if (find_program(tool.program).empty()) {
      return fmt::format("{} (Debian package {})", tool.program, tool.package);
    }
  }
  if (!has_c_library(board))
    return fmt::format("a C library for {} (Debian package {})", board.core, library_package(board));
  return std::nullopt;
}

void require_tools(const Board& board) {
  const auto missing = missing_tool(board);
  if (missing) throw Error("to measure for {}, install {}", board.name, *missing);
}

}  // namespace stapes
