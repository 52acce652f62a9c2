// SPDX-License-Identifier: Apache-2.0
// isa_option.h: --isa for commands that run a packed model.
#pragma once

#include <optional>
#include <string>

#include "cli/cli11.h"
#include "runtime/host_isa.h"

namespace stapes::cli {

// Empty = the best on this machine.
inline void add_isa(CLI::App& command, std::optional<Isa>& isa) {
  command.add_option_function<std::string>(
      "--isa", [&isa](const std::string& name) { isa = find_host_isa(name); },
      "Highest instruction set for the kernels {scalar, plain, avx2, avx512, avx512-vnni, avx512-popcnt, neon, "
      "neon-dot} "
      "(default: the best on this machine)");
}

}  // namespace stapes::cli
