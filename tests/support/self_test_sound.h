// SPDX-License-Identifier: Apache-2.0
// self_test_sound.h: the sound of the exports' self-test.
#pragma once

#include <cstdint>
#include <vector>

#include "export/device/self_test_sample.h"

namespace stapes::test {

inline std::vector<std::int16_t> self_test_sound(std::size_t samples) {
  std::vector<std::int16_t> pcm(samples);
  for (std::uint32_t i = 0; i < samples; ++i) pcm[i] = self_test_sample(i);
  return pcm;
}

}  // namespace stapes::test
