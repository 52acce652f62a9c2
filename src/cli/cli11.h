// SPDX-License-Identifier: Apache-2.0
// cli11.h: CLI11, with a separate type name for paths, so that completion offers files only for them.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>

namespace stapes::cli {

inline constexpr const char* kPathType = "PATH";  // for paths, and for text that may be a path

}  // namespace stapes::cli

namespace CLI::detail {

template <>
constexpr const char* type_name<std::filesystem::path>() {
  return stapes::cli::kPathType;
}

}  // namespace CLI::detail
