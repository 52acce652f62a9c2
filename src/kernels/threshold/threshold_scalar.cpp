// SPDX-License-Identifier: Apache-2.0
#include "kernels/bits.h"
#include "kernels/kernel.h"
#include "kernels/threshold/threshold.h"

namespace stapes {
namespace {

template <class Input>
void apply_thresholds(const ThresholdArgs<Input>& a) {
  const Input* input = a.input;
  uint32_t* output = a.output;
  for (int32_t p = 0; p < a.positions; ++p, input += a.channels) {
    for (int32_t first = 0; first < a.channels; first += 32) {
      const int32_t end = first + 32 < a.channels ? first + 32 : a.channels;
      uint32_t word = 0;
      for (int32_t c = first; c < end; ++c) {
        word |= threshold_bit(input[c], a.threshold, a.falling, c) << (c % 32);
      }
      *output++ = word;
    }
  }
}

}  // namespace

STAPES_KERNEL void threshold_from_i16_scalar(const ThresholdArgs<int16_t>& a) noexcept { apply_thresholds(a); }
STAPES_KERNEL void threshold_from_i32_scalar(const ThresholdArgs<int32_t>& a) noexcept { apply_thresholds(a); }

}  // namespace stapes
