// SPDX-License-Identifier: Apache-2.0
// firmware_files.h: the files of firmware/, embedded in this program.
#pragma once

#include <filesystem>

namespace stapes {

// Writes all of firmware/ into `folder`, which must exist.
void write_firmware(const std::filesystem::path& folder);

}  // namespace stapes
