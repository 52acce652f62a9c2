// SPDX-License-Identifier: Apache-2.0
// cli11.h: CLI11, with a name of its own for values that are paths, so that completion offers files for them alone.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>

namespace stapes::cli {

inline constexpr const char* kPathType = "PATH";  // for paths, and for texts that may be paths

}  // namespace stapes::cli

namespace CLI::detail {

template <>
constexpr const char* type_name<std::filesystem::path>() {
  return stapes::cli::kPathType;
}

}  // namespace CLI::detail
