// SPDX-License-Identifier: Apache-2.0
#include "export/c_array.h"

#include <fmt/format.h>

#include <cstring>

namespace stapes {
namespace {

// INT32_MIN has no literal: -2147483648 is a minus sign before a number too large for int.
std::string literal(std::int32_t value) { return value == INT32_MIN ? "INT32_MIN" : fmt::format("{}", value); }
std::string literal(std::uint32_t value) { return fmt::format("0x{:08x}u", value); }
std::string literal(float value) { return float_literal(value); }

class Values {
 public:
  void add(const std::string& value) {
    const bool first = text_.empty();
    if (column_ + value.size() + 2 > 119 || first) {
      text_ += first ? "    " : ",\n    ";
      column_ = 4;
    } else {
      text_ += ", ";
      column_ += 2;
    }
    text_ += value;
    column_ += value.size();
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::size_t column_ = 0;
};

template <class Wide, class T>
CArray array_of(const std::string& name, const char* type, std::span<const T> values) {
  Values text;
  for (const T value : values) text.add(literal(static_cast<Wide>(value)));
  return {.name = name, .type = type, .count = values.size(), .bytes = values.size_bytes(), .values = text.take()};
}

}  // namespace

// fmt prints the shortest decimal that reads back to the same bits; the reader rejects infinities and NaNs.
std::string float_literal(float value) {
  const std::string digits = fmt::format("{}", value);
  return digits + (digits.find_first_of(".e") == std::string::npos ? ".0f" : "f");
}

std::string commented(const std::string& name, const std::string& value) {
  return fmt::format("/*{}=*/{}", name, value);
}

CArray c_array(const std::string& name, std::span<const std::int8_t> values) {
  return array_of<std::int32_t>(name, "int8_t", values);
}
CArray c_array(const std::string& name, std::span<const std::uint8_t> values) {
  return array_of<std::int32_t>(name, "uint8_t", values);
}
CArray c_array(const std::string& name, std::span<const std::int16_t> values) {
  return array_of<std::int32_t>(name, "int16_t", values);
}
CArray c_array(const std::string& name, std::span<const std::uint16_t> values) {
  return array_of<std::int32_t>(name, "uint16_t", values);
}
CArray c_array(const std::string& name, std::span<const std::int32_t> values) {
  return array_of<std::int32_t>(name, "int32_t", values);
}
CArray c_array(const std::string& name, std::span<const std::uint32_t> values) {
  return array_of<std::uint32_t>(name, "uint32_t", values);
}
CArray c_array(const std::string& name, std::span<const float> values) {
  return array_of<float>(name, "float", values);
}

CArray c_array_of_bytes(const std::string& name, std::span<const std::byte> bytes) {
  std::vector<std::uint32_t> words((bytes.size() + 3) / 4);
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return c_array(name, std::span<const std::uint32_t>(words));
}

}  // namespace stapes
