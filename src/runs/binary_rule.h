// SPDX-License-Identifier: Apache-2.0
// binary_rule.h: how binary layers learn. Does not depend on libtorch. BinaryForm (graph/network.h) defines what
// trained layers compute.
#pragma once

#include "base/names.h"

namespace stapes {

//   kPaper    the published rule. Its factor (1 - 1/C) is 0 for a layer with one input channel (conv3), which gets no
//             gradient and is shrunk by weight decay until it dies in long runs
//   kDefault  no such factor, no weight decay on binary weights, sign() as on the device
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
