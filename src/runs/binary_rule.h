// SPDX-License-Identifier: Apache-2.0
// binary_rule.h: how binary layers learn. Free of libtorch, so that a config can name it. BinaryForm in graph/network.h
// defines what a trained network computes (eight-bit layers, scaling, activations, shortcuts).
#pragma once

#include "base/names.h"

namespace stapes {

//   kPaper    the published rule. Its factor (1 - 1/C) gives a layer with one input channel (conv3) no gradient while
//             weight decay shrinks it, so conv3 dies in long runs.
//   kDefault  without that factor, without weight decay on binary weights, and with sign() as on the device.
enum class BinaryRule { kPaper, kDefault };
template <>
inline constexpr auto kNames<BinaryRule> = std::to_array<Named<BinaryRule>>({{BinaryRule::kDefault, "default"},
                                                                             {BinaryRule::kPaper, "paper"}});

// The surrogate for the derivative of sign(x) in backward, zero where |x| >= 1:
//   kClip    1, the straight-through estimator (arXiv:1603.05279)
//   kApprox  2 - 2 |x|, Bi-Real's piecewise polynomial (arXiv:1808.00278)
enum class SignGradient { kClip, kApprox };
template <>
inline constexpr auto kNames<SignGradient> = std::to_array<Named<SignGradient>>({{SignGradient::kClip, "clip"},
                                                                                 {SignGradient::kApprox, "approx"}});

}  // namespace stapes
