// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "kernels/bits.h"
#include "kernels/kernel.h"
#include "kernels/transpose/transpose.h"

namespace stapes {
namespace {

template <class Element>
void transpose_elements(const TransposeArgs<Element>& a) {
  Element* out = a.output;
  for (int32_t c = a.first; c < a.end; ++c) {
    const Element* in = a.input + c;
    for (int32_t w = 0; w < a.width; ++w, in += a.channels) *out++ = *in;
  }
}

}  // namespace

STAPES_KERNEL void transpose_8_scalar(const TransposeArgs<uint8_t>& a) noexcept { transpose_elements(a); }
STAPES_KERNEL void transpose_16_scalar(const TransposeArgs<uint16_t>& a) noexcept { transpose_elements(a); }
STAPES_KERNEL void transpose_32_scalar(const TransposeArgs<uint32_t>& a) noexcept { transpose_elements(a); }

STAPES_KERNEL void transpose_bits_scalar(const TransposeBitsArgs& a) noexcept {
  const int32_t words = words_of_bits(a.channels);
  uint32_t* out = a.output;
  for (int32_t c = a.first; c < a.end; ++c) {
    const uint32_t* in = a.input + c / 32;
    for (int32_t w = 0; w < a.width; ++w, in += words) *out++ = (*in >> (c % 32)) & 1u;
  }
}

}  // namespace stapes
