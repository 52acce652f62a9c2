// SPDX-License-Identifier: Apache-2.0
#include "audio/between_class.h"

#include <cmath>
#include <cstddef>

namespace stapes {

MixWeights mix_weights(double gain_a_db, double gain_b_db, double ratio) {
  // For ratio 0 the quotient is infinite, so t is 0 as required.
  const double t = 1.0 / (1.0 + std::pow(10.0, (gain_a_db - gain_b_db) / 20.0) * (1.0 - ratio) / ratio);
  const double norm = std::sqrt(t * t + (1.0 - t) * (1.0 - t));
  return {static_cast<float>(t / norm), static_cast<float>((1.0 - t) / norm)};
}

void mix(std::span<const float> a, std::span<const float> b, MixWeights weights, float scale, std::span<float> out) {
  const float weight_a = weights.a * scale, weight_b = weights.b * scale;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = weight_a * a[i] + weight_b * b[i];
}

}  // namespace stapes
