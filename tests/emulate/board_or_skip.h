// SPDX-License-Identifier: Apache-2.0
// board_or_skip.h: skips tests without compilers or emulators, and names the packages to install.
#pragma once

#include <gtest/gtest.h>

#include "emulate/tools.h"

namespace stapes::test {

inline std::vector<Board> emulated_boards() {
  std::vector<Board> emulated;
  for (const Board& board : boards()) {
    if (board.emulated()) emulated.push_back(board);
  }
  return emulated;
}

// test names cannot contain dashes
inline std::string test_name(const testing::TestParamInfo<Board>& info) {
  std::string name;
  for (const char c : info.param.name) {
    if (c != '-') name += c;
  }
  return name;
}

}  // namespace stapes::test

#define STAPES_SKIP_WITHOUT_TOOLS(board)                                            \
  if (const auto missing = ::stapes::missing_tool(board)) {                         \
    GTEST_SKIP() << (board).name << " cannot be tested here: install " << *missing; \
  }
