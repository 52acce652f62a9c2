// SPDX-License-Identifier: Apache-2.0
// npy.h: reads untrusted NumPy arrays (.npy files, versions 1.0 and 2.0).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace stapes {

// Borrows the file.
struct NpyArray {
  std::string dtype;               // as in the header: "<f4", "|u1"
  std::vector<std::size_t> shape;  // no zeros; in C order
  std::size_t count = 1;           // values, the product of the shape
  std::span<const std::byte> values;
};

// Throws Error naming the file `name` unless `file` is a complete, non-empty array of plain numbers in C order.
NpyArray read_npy(std::span<const std::byte> file, const std::string& name);

// Throws Error unless the values are little-endian float32.
void require_float32(const NpyArray& array, const std::string& name);

// Takes a one-dimensional array of little-endian integers of 1 to 8 bytes. Throws Error for any other array and for the
// first value outside [low, high]; `low` is at least 0.
std::vector<int> whole_numbers(const NpyArray& array, const std::string& name, int low, int high);

}  // namespace stapes
