// SPDX-License-Identifier: Apache-2.0
// training_program.h: starts stapes-train, the program that links libtorch.
#pragma once

#include <string>

namespace stapes::cli {

// Replaces this process by stapes-train with the same arguments, which ask for `command`. It is looked for beside this
// program, then in PATH. Returns only by throwing Error: this build has none.
[[noreturn]] void run_training_program(const std::string& command, char** argv);

}  // namespace stapes::cli
