// SPDX-License-Identifier: Apache-2.0
// training_program.h: starts stapes-train, the program that links libtorch.
#pragma once

#include <string>

namespace stapes::cli {

// Replaces this process with stapes-train and the same arguments. Looks in this program's folder first, then in PATH.
// Throws Error if stapes-train cannot be run; the message names `command` as the command that needs it.
[[noreturn]] void run_training_program(const std::string& command, char** argv);

}  // namespace stapes::cli
