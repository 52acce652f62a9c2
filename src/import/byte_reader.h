// SPDX-License-Identifier: Apache-2.0
// byte_reader.h: reads little-endian numbers from untrusted bytes; every read checks the remaining length.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace stapes::imports {

static_assert(std::endian::native == std::endian::little, "the formats read here are little-endian");

// For error messages: shortened, with ? for all but printable ASCII.
inline std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string out(text.substr(0, kLongest));
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  if (text.size() > kLongest) out += "...";
  return out;
}

class ByteReader {
 public:
  // `what` names the data in errors ("the pickle", ...). Borrows `bytes` and `what`.
  ByteReader(std::span<const std::byte> bytes, std::string_view what, std::size_t position = 0)
      : bytes_(bytes), what_(what), position_(position) {}

  std::size_t position() const { return position_; }
  std::size_t left() const { return position_ > bytes_.size() ? 0 : bytes_.size() - position_; }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > left()) {
      throw Error("{} ends at byte {}, too early to read {} bytes at byte {}; the file is cut short or damaged", what_,
                  bytes_.size(), count, position_);
    }
    const auto taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
    position_ += static_cast<std::size_t>(count);
    return taken;
  }

  std::string_view text(std::uint64_t count) {
    const auto taken = take(count);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }

  template <std::integral T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  std::string_view what_;
  std::size_t position_;
};

}  // namespace stapes::imports
