// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "kernels/kernel.h"
#include "kernels/softmax/softmax_f32.h"

namespace stapes {
namespace {

// e^x for x <= 0. x = k ln 2 + r, |r| <= ln 2 / 2; e^x = e^r * 2^k, e^r by a Taylor polynomial of degree 7 (relative
// remainder below 2^-28). 0 for x < -87, near the smallest normal numbers.
float exp_of_negative_f32(float x) {
  constexpr float kLog2E = 1.44269504f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;  // ln 2 = high + low
  if (!(x >= -87)) return x != x ? x : 0;
  const int32_t k = static_cast<int32_t>(x * kLog2E - 0.5f);
  const float whole = static_cast<float>(k);
  const float r = (x - whole * kLn2High) - whole * kLn2Low;
  float e = 1.0f / 5040;
  e = e * r + 1.0f / 720;
  e = e * r + 1.0f / 120;
  e = e * r + 1.0f / 24;
  e = e * r + 1.0f / 6;
  e = e * r + 0.5f;
  e = e * r + 1.0f;
  e = e * r + 1.0f;
  const uint32_t bits = static_cast<uint32_t>(k + 127) << 23;
  float power = 0;
  memcpy(&power, &bits, sizeof power);
  return e * power;
}

}  // namespace

STAPES_KERNEL void softmax_f32_scalar(const SoftmaxF32Args& a) noexcept {
  const float* input = a.input;
  float* output = a.output;
  for (int32_t p = 0; p < a.positions; ++p, input += a.channels, output += a.channels) {
    float largest = input[0];
    for (int32_t c = 1; c < a.channels; ++c) largest = input[c] > largest ? input[c] : largest;
    float sum = 0;
    for (int32_t c = 0; c < a.channels; ++c) {
      output[c] = exp_of_negative_f32(input[c] - largest);
      sum += output[c];
    }
    for (int32_t c = 0; c < a.channels; ++c) output[c] /= sum;
  }
}

STAPES_KERNEL void logistic_f32_scalar(const LogisticF32Args& a) noexcept {
  for (int32_t i = 0; i < a.count; ++i) {
    const float x = a.input[i];
    const float e = exp_of_negative_f32(x > 0 ? -x : x);
    a.output[i] = (x > 0 ? 1 : e) / (1 + e);
  }
}

}  // namespace stapes
