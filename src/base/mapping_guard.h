// SPDX-License-Identifier: Apache-2.0
// mapping_guard.h: makes truncating a mapped file an error instead of a SIGBUS.
//
// Reading a page that the file no longer has raises SIGBUS. The handler maps a page of zeros instead and marks the
// mapping as broken. AtomicFile::commit() and the end of every command check this mark, so no output contains those
// zeros.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace stapes {

// Guards at most 256 mappings: reading a lost page of any other mapping ends the process.
void guard_mapping(std::span<const std::byte> mapping, const std::filesystem::path& path);
void release_mapping(std::span<const std::byte> mapping);

// Throws Error ("x was truncated ...") naming a file from which a lost page was read, if any. The mapping stays
// broken for the rest of the process.
void whole_mappings_or_throw();

}  // namespace stapes
