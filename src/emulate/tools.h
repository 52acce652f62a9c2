// SPDX-License-Identifier: Apache-2.0
// tools.h: the compilers and emulators a board needs.
#pragma once

#include <optional>
#include <string>

#include "emulate/board.h"

namespace stapes {

// What is missing for `board`, as "arm-none-eabi-g++ (Debian package gcc-arm-none-eabi)", or nothing.
std::optional<std::string> missing_tool(const Board& board);

// Throws Error naming the missing program and its package.
void require_tools(const Board& board);

}  // namespace stapes
