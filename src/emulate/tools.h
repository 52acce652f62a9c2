// SPDX-License-Identifier: Apache-2.0
// tools.h: the compilers and emulators that a board needs.
#pragma once

#include <optional>
#include <string>

#include "emulate/board.h"

namespace stapes {

// The tools missing for `board`: "arm-none-eabi-g++ (Debian package gcc-arm-none-eabi, 465 MB), ...", or nothing.
std::optional<std::string> missing_tool(const Board& board);

// Throws Error naming the missing programs and their packages.
void require_tools(const Board& board);

}  // namespace stapes
