// SPDX-License-Identifier: Apache-2.0
// c_array.h: a model's constants as C arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace stapes {

struct CArray {
  std::string name;   // "conv3_weights"
  std::string type;   // of an element: "int8_t", "float", ...
  std::size_t count;  // elements
  std::size_t bytes;
  std::string values;  // "1, -2, 3": lines of at most 120 columns
};

// A float literal for C and C++14 that reads back to the same bits.
std::string float_literal(float value);

// "/*pad_h=*/1", for initializers without designators.
std::string commented(const std::string& name, const std::string& value);

CArray c_array(const std::string& name, std::span<const std::int8_t> values);
CArray c_array(const std::string& name, std::span<const std::uint8_t> values);
CArray c_array(const std::string& name, std::span<const std::int16_t> values);
CArray c_array(const std::string& name, std::span<const std::uint16_t> values);
CArray c_array(const std::string& name, std::span<const std::int32_t> values);
CArray c_array(const std::string& name, std::span<const std::uint32_t> values);
CArray c_array(const std::string& name, std::span<const float> values);

// The bytes as little-endian 32-bit words; the last word is padded with 0.
CArray c_array_of_bytes(const std::string& name, std::span<const std::byte> bytes);

}  // namespace stapes
