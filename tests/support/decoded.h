// SPDX-License-Identifier: Apache-2.0
// decoded.h: decodes a file in memory with AudioReader.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "audio/decode.h"

namespace stapes::test {

struct Decoded {
  std::vector<float> wave;
  std::vector<std::string> warnings;
};

inline Decoded decoded(std::span<const std::byte> file) {
  AudioReader reader(file, "memory");
  Decoded result;
  for (auto block = reader.next(); !block.empty(); block = reader.next()) {
    result.wave.insert(result.wave.end(), block.begin(), block.end());
  }
  result.warnings = reader.warnings();
  return result;
}

}  // namespace stapes::test
