// SPDX-License-Identifier: Apache-2.0
// completion.h: shell completion scripts.
#pragma once

#include <string>

#include "cli/help/command_text.h"

namespace stapes::cli {

// Needs bash 3.2 or later, but not the package bash-completion.
std::string bash_completion(const CommandText& program);

// A file _stapes for a folder in $fpath; can also be sourced.
std::string zsh_completion(const CommandText& program);

}  // namespace stapes::cli
