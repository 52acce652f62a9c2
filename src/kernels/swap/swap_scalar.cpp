// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "kernels/bits.h"
#include "kernels/kernel.h"
#include "kernels/swap/swap.h"

namespace stapes {
namespace {

template <class Element>
void swap_elements(const SwapArgs<Element>& a) {
  Element* out = a.output;
  for (int32_t c = a.first; c < a.end; ++c) {
    const Element* in = a.input + c;
    for (int32_t w = 0; w < a.width; ++w, in += a.channels) *out++ = *in;
  }
}

}  // namespace

STAPES_KERNEL void swap_8_scalar(const SwapArgs<uint8_t>& a) noexcept { swap_elements(a); }
STAPES_KERNEL void swap_16_scalar(const SwapArgs<uint16_t>& a) noexcept { swap_elements(a); }
STAPES_KERNEL void swap_32_scalar(const SwapArgs<uint32_t>& a) noexcept { swap_elements(a); }

STAPES_KERNEL void swap_bits_scalar(const SwapBitsArgs& a) noexcept {
  const int32_t words = words_of_bits(a.channels);
  uint32_t* out = a.output;
  for (int32_t c = a.first; c < a.end; ++c) {
    const uint32_t* in = a.input + c / 32;
    for (int32_t w = 0; w < a.width; ++w, in += words) *out++ = (*in >> (c % 32)) & 1u;
  }
}

}  // namespace stapes
