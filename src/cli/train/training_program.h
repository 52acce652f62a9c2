// SPDX-License-Identifier: Apache-2.0
// training_program.h: starts stapes-train, the program that links libtorch.
#pragma once

#include <string>

namespace stapes::cli {

// Replaces this process with stapes-train and the same arguments. Searches this program's folder, then PATH. Throws
// Error if that fails.
[[noreturn]] void run_training_program(const std::string& command, char** argv);

}  // namespace stapes::cli
