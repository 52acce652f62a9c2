// SPDX-License-Identifier: Apache-2.0
// zip.h: uncompressed zip archives, the container of current .pt files.
// Format: PKWARE APPNOTE.TXT 6.3, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stapes::imports {

class ByteReader;

class ZipArchive {
 public:
  // Checks everything; borrows `bytes`. Throws Error for zip64 and for an entry that is compressed, encrypted, damaged
  // (CRC-32) or outside the file, or that overlaps another or repeats its name.
  explicit ZipArchive(std::span<const std::byte> bytes);

  static bool is_zip(std::span<const std::byte> bytes);

  // All names in the directory, to identify archives that cannot be read. Empty if there is no directory.
  static std::vector<std::string> names(std::span<const std::byte> bytes);

  bool contains(std::string_view name) const { return entries_.find(name) != entries_.end(); }

  // Throws Error if the archive has no such entry.
  std::span<const std::byte> read(std::string_view name) const;

  // The only entry whose last path component is `file`. Throws Error if there is none or more than one.
  std::string find_unique(std::string_view file) const;

 private:
  struct Entry {
    std::size_t begin = 0, end = 0;  // in the archive, local header included
    std::span<const std::byte> data;
    std::uint32_t crc = 0;
  };
  void add_entry(ByteReader& directory, std::span<const std::byte> before_directory);
  void check_overlaps() const;

  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace stapes::imports
