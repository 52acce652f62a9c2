// SPDX-License-Identifier: Apache-2.0
// file_kind.h: identifies unsupported files that a user may mistake for weights.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace stapes::imports {

// The kind of file and what to do. Empty for torch.save files and unknown formats.
std::string foreign_file(std::span<const std::byte> bytes);

std::string foreign_folder(const std::filesystem::path& folder);

}  // namespace stapes::imports
