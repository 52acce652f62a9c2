// SPDX-License-Identifier: Apache-2.0
// softmax.h: int8 softmax and logistic in integers by the TFLite rules.
//   softmax:   value[p][c] = e^(s * (input[p][c] - m)) / sum over k of e^(s * (input[p][k] - m)), m = max(input[p])
//   logistic:  value[i] = 1 / (1 + e^(-s * (input[i] - zero_point)))
// s is the scale of the input, times beta for softmax. output = min(round(value * 256), 255) - 128: scale 1/256, zero
// point -128.
//
// Source: gemmlowp's fixed-point functions (Jacob et al. 2018, arXiv:1712.05877) as in TensorFlow Lite's reference
// kernels; steps: softmax_scalar.cpp. With the parameters of softmax_params.h, results match TensorFlow Lite bit for
// bit where its results are defined: up to 511 channels.
#pragma once

#include <stdint.h>

namespace stapes {

struct SoftmaxArgs {
  const int8_t* input;          // [positions][channels]
  int8_t* output;               // [positions][channels]; must not overlap the input
  int32_t positions, channels;  // 1 to 4095 channels, so that the sum fits
  int32_t multiplier, shift;    // s * 2^26 = multiplier * 2^(shift - 31); 2^30 to 2^31 - 1, 0 to 30
  int32_t diff_min;             // -255 to 0, -diff_min * 2^shift < 2^31; below it, the exponential is 0
};

struct LogisticArgs {
  const int8_t* input;        // [count]
  int8_t* output;             // [count]; must not overlap the input
  int32_t count, zero_point;  // zero_point: -128 to 127
  int32_t multiplier, shift;  // s * 2^27 = multiplier * 2^(shift - 31); 2^30 to 2^31 - 1, 0 to 30
  int32_t range_radius;       // 0 to 256, (range_radius - 1) * 2^shift < 2^31; from there on, the output saturates
};

void softmax_scalar(const SoftmaxArgs& a) noexcept;
void logistic_scalar(const LogisticArgs& a) noexcept;

}  // namespace stapes
