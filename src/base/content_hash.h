// SPDX-License-Identifier: Apache-2.0
// content_hash.h: a 64-bit hash of contents. Not for security.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace stapes {

// Each step is bijective in the state and in the word, so contents that differ in a single word never collide.
// Constants: splitmix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195).
class ContentHash {
 public:
  void add(std::uint64_t word) {
    state_ = (state_ ^ word) * 0xBF58476D1CE4E5B9u;
    state_ ^= state_ >> 31;
  }
  void add(std::span<const std::byte> bytes) {
    add(static_cast<std::uint64_t>(bytes.size()));
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
      std::uint64_t word;
      std::memcpy(&word, bytes.data(), 8);
      add(word);
    }
    std::uint64_t rest = 0;
    if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
    add(rest);
  }
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }

  std::uint64_t value() const {
    const std::uint64_t mixed = (state_ ^ (state_ >> 30)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
  }

 private:
  std::uint64_t state_ = 0x9E3779B97F4A7C15u;
};

// Equals content_hash() of bytes that arrive in pieces.
class PieceHash {
 public:
  explicit PieceHash(std::uint64_t all_bytes) { hash_.add(all_bytes); }
  void add(std::span<const std::byte> bytes) {
    for (; held_ > 0 && !bytes.empty(); bytes = bytes.subspan(1)) hold(bytes.front());
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
      std::uint64_t word;
      std::memcpy(&word, bytes.data(), 8);
      hash_.add(word);
    }
    for (const std::byte b : bytes) hold(b);
  }
  std::uint64_t value() {  // after the last piece
    hash_.add(rest_);
    return hash_.value();
  }

 private:
  void hold(std::byte b) {
    rest_ |= std::to_integer<std::uint64_t>(b) << (8 * held_);  // like memcpy into a little-endian word
    if (++held_ < 8) return;
    hash_.add(std::exchange(rest_, 0));
    held_ = 0;
  }

  ContentHash hash_;
  std::uint64_t rest_ = 0;
  int held_ = 0;
};

inline std::uint64_t content_hash(std::span<const std::byte> bytes) {
  ContentHash hash;
  hash.add(bytes);
  return hash.value();
}

}  // namespace stapes
