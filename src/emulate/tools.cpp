// SPDX-License-Identifier: Apache-2.0
#include "emulate/tools.h"

#include <fmt/ranges.h>

#include <chrono>

#include "base/error.h"
#include "base/process.h"

namespace stapes {
namespace {

// The compiler and the C library are separate packages; the kernels include <string.h>.
bool has_c_library(const Board& board) {
  if (find_program(board.tools + "g++").empty()) return false;
  std::vector<std::string> command = {board.tools + "g++"};
  command.insert(command.end(), board.flags.begin(), board.flags.end());
  command.insert(command.end(), {"-x", "c++", "-fsyntax-only", "-include", "string.h", "/dev/null"});
  return run_to_end(command, "", std::chrono::seconds(60)).status == 0;
}

bool is_installed(const Tool& tool, const Board& board) {
  return tool.program.empty() ? has_c_library(board) : !find_program(tool.program).empty();
}

std::string tool_text(const Tool& tool, const Board& board) {
  const std::string what = tool.program.empty() ? "a C library for " + board.core : tool.program;
  const std::string size = tool.megabytes > 0 ? fmt::format(", {} MB", tool.megabytes) : "";
  return fmt::format("{} (Debian package {}{})", what, tool.package, size);
}

}  // namespace

std::optional<std::string> missing_tool(const Board& board) {
  std::vector<std::string> missing;
  for (const Tool& tool : board.needs) {
    if (!is_installed(tool, board)) missing.push_back(tool_text(tool, board));
  }
  if (missing.empty()) return std::nullopt;
  return fmt::format("{}", fmt::join(missing, ", "));
}

void require_tools(const Board& board) {
  const auto missing = missing_tool(board);
  if (missing) throw Error("to measure on {}, install {}", board.name, *missing);
}

}  // namespace stapes
