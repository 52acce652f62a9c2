// SPDX-License-Identifier: Apache-2.0
// golden_crops.h: the two crops mixed in golden/mixed.f32.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "audio/stretch.h"
#include "support/shared_data.h"

namespace stapes::test {

inline std::vector<float> golden_crop(const std::string& clip, double factor, std::ptrdiff_t start) {
  constexpr std::size_t kWindow = 30225;
  const auto samples = read_golden<std::int16_t>(clip);
  std::vector<float> wave(kWindow);
  stretched_window(samples, factor, start - static_cast<std::ptrdiff_t>(kWindow / 2), wave);
  return wave;
}

inline std::vector<float> golden_crop_a() { return golden_crop("clip_a.i16", 1.1, 5000); }
inline std::vector<float> golden_crop_b() { return golden_crop("clip_b.i16", 0.9, 20000); }

}  // namespace stapes::test
