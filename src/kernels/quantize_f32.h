// SPDX-License-Identifier: Apache-2.0
// quantize_f32.h: converts between real values and int8 activations.
//   real = scale * (q - zero_point)
//   q = clamp(round(real / scale) + zero_point, -128, 127), to nearest, ties away from zero
// Only a division recovers q from scale * q, not a product with 1 / scale.
#pragma once

#include <stdint.h>

namespace stapes {

static inline int8_t quantize_f32(float value, float scale, int32_t zero_point) {
  constexpr float kBeyond = 512;  // saturates with any zero point; NaN becomes the lower limit
  float steps = value / scale;
  if (!(steps > -kBeyond)) steps = -kBeyond;
  if (steps > kBeyond) steps = kBeyond;
  int32_t q = static_cast<int32_t>(steps);
  const float rest = steps - static_cast<float>(q);  // exact, unlike steps + 0.5: 0.49999997 + 0.5 is 1
  if (rest >= 0.5f) ++q;
  if (rest <= -0.5f) --q;
  q += zero_point;
  return static_cast<int8_t>(q < -128 ? -128 : q > 127 ? 127 : q);
}

static inline float dequantize(int32_t q, float scale, int32_t zero_point) {
  return scale * static_cast<float>(q - zero_point);
}

// The real value of a stored activation. A float is its own value.
template <class Stored>
struct RealOf {
  float scale;
  int32_t zero_point;
  float operator()(Stored q) const { return dequantize(q, scale, zero_point); }
};
template <>
struct RealOf<float> {
  float scale;
  int32_t zero_point;
  float operator()(float value) const { return value; }
};

}  // namespace stapes
