// SPDX-License-Identifier: Apache-2.0
// man_page.h: one manual page (roff) per command.
#pragma once

#include <string>

#include "cli/help/command_text.h"

namespace stapes::cli {

// "stapes-data-import.1"
std::string man_file(const CommandText& command);

// `above`: the parent command; null for the program.
std::string man_page(const CommandText& command, const CommandText* above);

}  // namespace stapes::cli
