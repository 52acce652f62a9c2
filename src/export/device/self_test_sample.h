// SPDX-License-Identifier: Apache-2.0
// self_test_sample.h: the sound of the self-test: noise of rising loudness plus a square wave. Integer arithmetic makes
// it identical on every machine.
#pragma once

#include <stdint.h>

namespace stapes {

static inline int16_t self_test_sample(uint32_t index) {
  uint32_t x = (index + 1u) * 0x9E3779B1u;  // the mixing steps of MurmurHash3 (fmix32)
  x = (x ^ (x >> 16)) * 0x85EBCA6Bu;
  x = (x ^ (x >> 13)) * 0xC2B2AE35u;
  const int32_t noise = static_cast<int32_t>((x ^ (x >> 16)) >> 16) - 32768;
  const int32_t loudness = static_cast<int32_t>((index >> 9) & 7u) + 1;  // eighths, rising every 512 samples
  const int32_t square = (index >> 5 & 1u) != 0u ? 6000 : -6000;
  return static_cast<int16_t>(noise * loudness / 8 * 3 / 4 + square);
}

}  // namespace stapes
