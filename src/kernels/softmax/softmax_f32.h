// SPDX-License-Identifier: Apache-2.0
// softmax_f32.h: softmax and logistic in float.
//   softmax:   output[p][c] = e^(input[p][c] - m) / sum over k of e^(input[p][k] - m), m = max(input[p])
//   logistic:  output[i] = 1 / (1 + e^-input[i])
// The exponential is a polynomial: every machine computes the same bits. NaN stays NaN to expose diverged models.
#pragma once

#include <stdint.h>

namespace stapes {

struct SoftmaxF32Args {
  const float* input;           // [positions][channels]
  float* output;                // [positions][channels]; must not overlap the input
  int32_t positions, channels;  // >= 1
};

struct LogisticF32Args {
  const float* input;  // [count]
  float* output;       // [count]; must not overlap the input
  int32_t count;
};

void softmax_f32_scalar(const SoftmaxF32Args& a) noexcept;
void logistic_f32_scalar(const LogisticF32Args& a) noexcept;

}  // namespace stapes
