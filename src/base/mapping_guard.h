// SPDX-License-Identifier: Apache-2.0
// mapping_guard.h: a file that is cut while it is mapped must end in an error, not in SIGBUS.
//
// Reading a page that the file no longer has raises SIGBUS. The handler here puts a page of zeros in its place, so that
// the reader goes on, and notes that this mapping is broken. AtomicFile::commit() and the end of every command ask, so
// nothing made of those zeros is kept or reported as done. The alternative, pread() into buffers, would copy every
// sample of every training window. libwayland guards its shared memory in the same way.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace stapes {

// Mappings beyond the first 256 at a time are not guarded: reading a lost page of theirs ends the process.
void guard_mapping(std::span<const std::byte> mapping, const std::filesystem::path& path);
void release_mapping(std::span<const std::byte> mapping);

// Throws Error naming the first file of which a lost page was read, if there is one: "x became shorter ...". It stays
// broken for the rest of the process.
void whole_mappings_or_throw();

}  // namespace stapes
