// SPDX-License-Identifier: Apache-2.0
// npy_file.h: .npy files as NumPy writes them, and malformed ones.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"

namespace stapes::test {

struct NpyForm {
  int major = 1, minor = 0;
  bool fortran = false;
};

// A file with this header, padded like NumPy's.
inline std::vector<std::byte> npy_with_header(std::string header, std::span<const std::byte> values,
                                              const NpyForm& form = {}) {
  const std::size_t length_bytes = form.major == 1 ? 2 : 4, before = 8 + length_bytes;
  while ((before + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string text = "\x93NUMPY";
  text += static_cast<char>(form.major);
  text += static_cast<char>(form.minor);
  for (std::size_t i = 0; i < length_bytes; ++i) text += static_cast<char>(header.size() >> (8 * i));
  text += header;
  const auto head = std::as_bytes(std::span(text));
  std::vector<std::byte> file(head.begin(), head.end());
  file.insert(file.end(), values.begin(), values.end());
  return file;
}

inline std::string npy_header(const std::string& dtype, const std::vector<std::size_t>& shape, bool fortran = false) {
  std::string axes;
  for (const std::size_t axis : shape) axes += fmt::format("{}{}", axis, shape.size() == 1 ? "," : ", ");
  if (shape.size() > 1) axes.resize(axes.size() - 2);
  return fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': ({}), }}", dtype, fortran ? "True" : "False",
                     axes);
}

template <class Value>
std::vector<std::byte> npy_bytes(const std::string& dtype, const std::vector<std::size_t>& shape,
                                 const std::vector<Value>& values, const NpyForm& form = {}) {
  return npy_with_header(npy_header(dtype, shape, form.fortran), std::as_bytes(std::span(values)), form);
}

// Creates the folder if needed.
inline void write_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
                      const std::vector<float>& values) {
  std::filesystem::create_directories(path.parent_path());
  write_file(path, npy_bytes("<f4", shape, values), Existing::kReplace);
}
inline void write_npy(const std::filesystem::path& path, const std::vector<std::int64_t>& values) {
  std::filesystem::create_directories(path.parent_path());
  write_file(path, npy_bytes("<i8", {values.size()}, values), Existing::kReplace);
}

}  // namespace stapes::test
