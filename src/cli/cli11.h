// SPDX-License-Identifier: Apache-2.0
// cli11.h: CLI11, and a type name by which completion recognizes paths.
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
