// SPDX-License-Identifier: Apache-2.0
// calibration_windows.h: noise for calibrating and comparing models.
#pragma once

#include <span>
#include <vector>

#include "base/philox.h"
#include "compress/quantize.h"

namespace stapes::test {

inline std::vector<std::int16_t> noise_window(std::uint32_t number, int samples) {
  Philox rng(5, Philox::Purpose::kTest, number);
  std::vector<std::int16_t> window;
  for (int i = 0; i < samples; ++i) window.push_back(static_cast<std::int16_t>(rng.normal() * 6000));
  return window;
}

inline CalibrationWindows noise(int count, int samples, int first = 0) {
  return [=](const std::function<void(std::span<const std::int16_t>)>& use) {
    for (int i = first; i < first + count; ++i) use(noise_window(static_cast<std::uint32_t>(i), samples));
  };
}

}  // namespace stapes::test
