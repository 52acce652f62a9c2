// SPDX-License-Identifier: Apache-2.0
#include "kernels/bits.h"
#include "kernels/decide/decide.h"
#include "kernels/kernel.h"

namespace stapes {
namespace {

template <class Input>
void decide(const DecideArgs<Input>& a) {
  const Input* input = a.input;
  uint32_t* output = a.output;
  for (int32_t p = 0; p < a.positions; ++p, input += a.channels) {
    for (int32_t first = 0; first < a.channels; first += 32) {
      const int32_t end = first + 32 < a.channels ? first + 32 : a.channels;
      uint32_t word = 0;
      for (int32_t c = first; c < end; ++c) {
        word |= threshold_bit(input[c], a.threshold, a.falling, c) << (c % 32);
      }
      *output++ = word;
    }
  }
}

}  // namespace

STAPES_KERNEL void decide_from_i16_scalar(const DecideArgs<int16_t>& a) noexcept { decide(a); }
STAPES_KERNEL void decide_from_i32_scalar(const DecideArgs<int32_t>& a) noexcept { decide(a); }

}  // namespace stapes
