// SPDX-License-Identifier: Apache-2.0
// file_kind.h: names the files that people take for weights and that are not read here.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace stapes::interop {

// What the file is and what to do, for an error message; empty when its bytes are none of those known.
std::string foreign_file(std::span<const std::byte> bytes);

// The same of a folder.
std::string foreign_folder(const std::filesystem::path& folder);

}  // namespace stapes::interop
