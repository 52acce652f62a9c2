// SPDX-License-Identifier: Apache-2.0
// choice.h: compile-time choices in C++14. Overloads for Choice<true> and Choice<false> replace `if constexpr`.
#pragma once

namespace stapes {

template <bool kValue>
struct Choice {};

// Whether an operator has thresholds and outputs bits; others rescale.
template <class Args, class = void>
struct Decides {
  static constexpr bool kValue = false;
};
template <class Args>
struct Decides<Args, decltype(static_cast<void>(&Args::threshold))> {
  static constexpr bool kValue = true;
};

template <class Args>
using DecidesChoice = Choice<Decides<Args>::kValue>;

}  // namespace stapes
