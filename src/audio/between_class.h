// SPDX-License-Identifier: Apache-2.0
// between_class.h: mixes two sounds in a given perceived ratio (arXiv:1711.10282).
#pragma once

#include <span>

namespace stapes {

// Weights of the waves: t / n and (1 - t) / n with n = sqrt(t^2 + (1 - t)^2) and
//   t = 1 / (1 + 10^((gain_a_db - gain_b_db) / 20) * (1 - ratio) / ratio)
struct MixWeights {
  float a, b;
};

// `ratio` in [0, 1] is the share of sound a; gains from AWeighting::gain_db().
MixWeights mix_weights(double gain_a_db, double gain_b_db, double ratio);

// out[i] = scale * (weights.a * a[i] + weights.b * b[i]). Equal lengths; `out` may be `a` or `b`.
void mix(std::span<const float> a, std::span<const float> b, MixWeights weights, float scale, std::span<float> out);

}  // namespace stapes
