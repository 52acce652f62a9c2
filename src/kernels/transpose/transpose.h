// SPDX-License-Identifier: Apache-2.0
// transpose.h: channels become height: output[c - first][w] = input[w][c] for first <= c < end. Output positions have
// one channel (bits: one word).
#pragma once

#include <stdint.h>

namespace stapes {

template <class Element>  // uint8_t, uint16_t or uint32_t, by size; values are only copied
struct TransposeArgs {
  const Element* input;  // [width][channels]
  Element* output;       // [end - first][width]; must not overlap the input
  int32_t width, channels;
  int32_t first, end;  // the channels to output
};

struct TransposeBitsArgs {
  const uint32_t* input;  // [width][words of channels]
  uint32_t* output;       // [end - first][width], 0 or 1; must not overlap the input
  int32_t width, channels;
  int32_t first, end;  // the channels to output
};

void transpose_8_scalar(const TransposeArgs<uint8_t>& a) noexcept;
void transpose_16_scalar(const TransposeArgs<uint16_t>& a) noexcept;
void transpose_32_scalar(const TransposeArgs<uint32_t>& a) noexcept;
void transpose_bits_scalar(const TransposeBitsArgs& a) noexcept;

}  // namespace stapes
