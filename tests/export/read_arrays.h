// SPDX-License-Identifier: Apache-2.0
// read_arrays.h: the bytes of arrays in C source.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace stapes::test {

using Bytes = std::vector<std::byte>;

template <class T>
Bytes bytes_of(std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  return {bytes.begin(), bytes.end()};
}

template <class T>
void append(T value, Bytes& bytes) {
  const auto more = std::as_bytes(std::span(&value, 1));
  bytes.insert(bytes.end(), more.begin(), more.end());
}

inline void append_literal(const std::string& type, const std::string& text, Bytes& bytes) {
  const long long integer = text == "INT32_MIN" ? INT32_MIN : std::strtoll(text.c_str(), nullptr, 0);
  if (type == "float") return append(std::strtof(text.c_str(), nullptr), bytes);
  if (type == "int8_t" || type == "uint8_t") return append(static_cast<std::uint8_t>(integer), bytes);
  if (type == "int16_t" || type == "uint16_t") return append(static_cast<std::uint16_t>(integer), bytes);
  if (type == "int32_t" || type == "uint32_t") return append(static_cast<std::uint32_t>(integer), bytes);
  throw std::runtime_error("an array of " + type);
}

// "1, -2, 3"
inline Bytes bytes_of_list(const std::string& type, const std::string& list) {
  Bytes bytes;
  for (std::size_t begin = 0; begin < list.size();) {
    begin = list.find_first_not_of(" \n", begin);
    const std::size_t end = std::min(list.find(',', begin), list.size());
    append_literal(type, list.substr(begin, end - begin), bytes);
    begin = end + 1;
  }
  return bytes;
}

// Every "const TYPE NAME[COUNT] = {...};" in `source`, by name.
inline std::map<std::string, Bytes> read_arrays(const std::string& source) {
  std::map<std::string, Bytes> arrays;
  const std::string kBegin = "const ", kOpen = "] = {\n";
  for (std::size_t open = source.find(kOpen); open != std::string::npos; open = source.find(kOpen, open + 1)) {
    const std::size_t begin = source.rfind(kBegin, open) + kBegin.size(), space = source.find(' ', begin);
    const std::size_t values = open + kOpen.size();
    const std::string name = source.substr(space + 1, source.find('[', space) - space - 1);
    arrays[name] =
        bytes_of_list(source.substr(begin, space - begin), source.substr(values, source.find('}', values) - values));
  }
  return arrays;
}

}  // namespace stapes::test
