// SPDX-License-Identifier: Apache-2.0
// threshold.h: turns integers into bits with one threshold per channel: the batch norm and sign before a binary
// convolution, if other layers also read its input.
//   bit[p][c] = input[p][c] >= threshold[c], inverted where falling[c]
#pragma once

#include <stdint.h>

namespace stapes {

template <class Input>  // int16_t or int32_t
struct ThresholdArgs {
  const Input* input;        // [positions][channels]
  uint32_t* output;          // [positions][words of channels]
  const int32_t* threshold;  // [channels]
  const uint8_t* falling;    // [channels] 0 or 1; null = all 0
  int32_t positions, channels;
};

void threshold_from_i16_scalar(const ThresholdArgs<int16_t>& a) noexcept;
void threshold_from_i32_scalar(const ThresholdArgs<int32_t>& a) noexcept;

}  // namespace stapes
