// SPDX-License-Identifier: Apache-2.0
// binary_rule.h: how binary layers learn. Does not depend on libtorch, so that a config can use it. BinaryForm in
// graph/network.h defines what a trained network computes (eight-bit layers, scaling, activations, shortcuts).
#pragma once

#include "base/names.h"

namespace stapes {

//   kPaper    the published rule. Its factor (1 - 1/C) is zero for a layer with one input channel (conv3): conv3 gets
//             no gradient, weight decay shrinks it, and it dies in long runs.
//   kDefault  without that factor, without weight decay on binary weights, and with sign() as on the device.
enum class BinaryRule { kPaper, kDefault };
template <>
inline constexpr auto kNames<BinaryRule> = std::to_array<Named<BinaryRule>>({{BinaryRule::kDefault, "default"},
                                                                             {BinaryRule::kPaper, "paper"}});

// The derivative of sign(x) assumed in the backward pass, zero where |x| >= 1:
//   kClip    1, the straight-through estimator (arXiv:1603.05279)
//   kApprox  2 - 2 |x|, Bi-Real's piecewise polynomial (arXiv:1808.00278)
enum class SignGradient { kClip, kApprox };
template <>
inline constexpr auto kNames<SignGradient> = std::to_array<Named<SignGradient>>({{SignGradient::kClip, "clip"},
                                                                                 {SignGradient::kApprox, "approx"}});

}  // namespace stapes
