// SPDX-License-Identifier: Apache-2.0
// byte_source.h: buffered random access to a sound file on disk or in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace stapes {

enum class ByteOrder { kLittle, kBig };

// Not thread-safe. Beyond the end, at() returns 0 and read() returns fewer bytes.
class ByteSource {
 public:
  explicit ByteSource(const std::filesystem::path& path);  // throws Error if missing or not a regular file
  explicit ByteSource(std::span<const std::byte> bytes);   // borrows

  std::uint64_t size() const { return size_; }
  // Copies the bytes available at `offset` and returns their number. Throws Error if the file was truncated.
  std::size_t read(std::uint64_t offset, std::span<std::byte> to) const;

  std::uint8_t at(std::uint64_t offset) const;
  bool has(std::uint64_t offset, std::string_view tag) const;
  // An unsigned number of 1 to 8 bytes.
  std::uint64_t number(std::uint64_t offset, int bytes, ByteOrder order) const;
  std::uint32_t big32(std::uint64_t offset) const {
    return static_cast<std::uint32_t>(number(offset, 4, ByteOrder::kBig));
  }

  // Overrides bytes in memory, to correct a length that was never filled in.
  void overlay(std::uint64_t offset, std::span<const std::byte> bytes);

 private:
  struct Patch {
    std::uint64_t offset;
    std::vector<std::byte> bytes;
  };
  void read_raw(std::uint64_t offset, std::span<std::byte> to) const;

  std::optional<InputFile> file_;
  std::span<const std::byte> memory_;
  std::uint64_t size_ = 0;
  std::vector<Patch> patches_;
  mutable std::vector<std::byte> buffer_;
  mutable std::uint64_t buffer_at_ = 0;
};

}  // namespace stapes
