// SPDX-License-Identifier: Apache-2.0
#include "audio/byte_source.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace stapes {
namespace {

constexpr std::size_t kBufferBytes = 1 << 16;

}  // namespace

ByteSource::ByteSource(const std::filesystem::path& path) : file_(std::in_place, path), size_(file_->size_bytes()) {}

ByteSource::ByteSource(std::span<const std::byte> bytes) : memory_(bytes), size_(bytes.size()) {}

void ByteSource::read_raw(std::uint64_t offset, std::span<std::byte> to) const {
  if (file_) {
    file_->read_at(offset, to);
  } else {
    std::memcpy(to.data(), memory_.data() + offset, to.size());
  }
  for (const Patch& patch : patches_) {
    for (std::size_t i = 0; i < patch.bytes.size(); ++i) {
      const std::uint64_t place = patch.offset + i;
      if (place >= offset && place - offset < to.size()) to[place - offset] = patch.bytes[i];
    }
  }
}

std::size_t ByteSource::read(std::uint64_t offset, std::span<std::byte> to) const {
  if (offset >= size_ || to.empty()) return 0;
  to = to.first(static_cast<std::size_t>(std::min<std::uint64_t>(to.size(), size_ - offset)));
  if (to.size() >= kBufferBytes) {
    read_raw(offset, to);
    return to.size();
  }
  if (offset < buffer_at_ || offset + to.size() > buffer_at_ + buffer_.size()) {
    // Start earlier when reading backwards, as some searches for headers do.
    buffer_at_ = offset - std::min<std::uint64_t>(offset, offset < buffer_at_ ? kBufferBytes / 2 : 0);
    buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(2 * kBufferBytes, size_ - buffer_at_)));
    read_raw(buffer_at_, buffer_);
  }
  std::memcpy(to.data(), buffer_.data() + (offset - buffer_at_), to.size());
  return to.size();
}

std::uint8_t ByteSource::at(std::uint64_t offset) const {
  std::byte value{0};
  read(offset, {&value, 1});
  return std::to_integer<std::uint8_t>(value);
}

bool ByteSource::has(std::uint64_t offset, std::string_view tag) const {
  std::array<std::byte, 32> bytes;
  const std::size_t got = read(offset, std::span(bytes).first(std::min(tag.size(), bytes.size())));
  return got == tag.size() && std::memcmp(bytes.data(), tag.data(), got) == 0;
}

std::uint64_t ByteSource::number(std::uint64_t offset, int bytes, ByteOrder order) const {
  std::array<std::byte, 8> raw{};
  read(offset, std::span(raw).first(static_cast<std::size_t>(bytes)));
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) {
    const int place = order == ByteOrder::kBig ? i : bytes - 1 - i;
    value = value << 8 | std::to_integer<std::uint64_t>(raw[static_cast<std::size_t>(place)]);
  }
  return value;
}

void ByteSource::overlay(std::uint64_t offset, std::span<const std::byte> bytes) {
  patches_.push_back({offset, {bytes.begin(), bytes.end()}});
  buffer_.clear();
}

}  // namespace stapes
