// SPDX-License-Identifier: Apache-2.0
// safetensors_file.h: writes small safetensors files, correct or wrong in one place.
#pragma once

#include <cstdint>
#include <string>

#include "import/torch_file.h"

namespace stapes::test {

inline std::string safetensors_entry(const std::string& name, const std::string& dtype, const std::string& shape,
                                     std::int64_t begin, std::int64_t end) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":[" +
         std::to_string(begin) + "," + std::to_string(end) + "]}";
}

// `length_error` is added to the header's declared length.
inline std::string safetensors_file(const std::string& entries, const std::string& data,
                                    std::int64_t length_error = 0) {
  const std::string header = "{" + entries + "}";
  return little_endian(static_cast<std::uint64_t>(static_cast<std::int64_t>(header.size()) + length_error)) + header +
         data;
}

}  // namespace stapes::test
