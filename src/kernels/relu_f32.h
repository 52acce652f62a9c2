// SPDX-License-Identifier: Apache-2.0
// relu_f32.h: ReLU and ReLU6 of the float kernels. NaN stays NaN to expose diverged models.
#pragma once

namespace stapes {

constexpr float kRelu6Limit = 6;

static inline float activate_f32(float value, bool relu, bool relu6) {
  if (relu && value < 0) return 0;
  return relu6 && value > kRelu6Limit ? kRelu6Limit : value;
}

}  // namespace stapes
