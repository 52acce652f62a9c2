// SPDX-License-Identifier: Apache-2.0
// conv_bits.h: binary convolution. Signs w, x are in {-1, +1}; taps outside the input add 0:
//   s(y, x, o) = sum over taps inside of w * x = n - 2 * popcount((weights[o] XOR patch) AND present)
// `patch`: the input bits under the filter (its group only), without gaps between taps. `present`: 1 for each bit
// inside the input. n = popcount(present).
//   conv_bits:       bit[Y][X][o] = (max over the pool of s) >= threshold[o], inverted where falling[o]
//   conv_bits_sums:  output[Y][X][o] = max(lowest, max over the pool of s)
// Instructions of the vector variants (conv_bits_vector.h; no groups), and the bound of the execution ports:
//   AVX-512 VPOPCNTDQ   5 for 1024 MACs (a carry-save adder halves the popcounts), 2 per cycle: 410 MACs per cycle
//   AVX2                8 for 256 MACs (popcounts by table lookup), 3 per cycle: 96 MACs per cycle
//   NEON                3 for 128 MACs (EOR, CNT, ADD); 2 per cycle: 85 MACs per cycle
// Without popcount: conv_bits_lanes.h, conv_bits_tables.h. Source: Rastegari et al. 2016, arXiv:1603.05279. The
// threshold replaces batch norm, ReLU and sign (docs/reference/format.md).
#pragma once

#include <stdint.h>

#include "kernels/bits.h"
#include "kernels/variant.h"

namespace stapes {

template <class Output>  // uint32_t: words of bits; int16_t: sums
struct ConvBitsArgs {
  ConvShape shape;
  const uint32_t* weights;   // [out_c][words of kernel_h * kernel_w * in_c / groups]
  const int32_t* threshold;  // [out_c]; conv_bits only
  const uint8_t* falling;    // [out_c] 0 or 1; null = all 0; conv_bits only
  const uint32_t* input;     // [in_h][in_w][words of in_c]
  Output* output;            // [out_h][out_w][words of out_c], or [out_h][out_w][out_c]; must not overlap the input
  int32_t lowest = 0;        // conv_bits_sums only; 0 for ReLU, INT16_MIN for none
  KernelMemory memory{};
};

size_t conv_bits_scalar_scratch_bytes(const ConvShape& shape) noexcept;
void conv_bits_scalar(const ConvBitsArgs<uint32_t>& a) noexcept;
void conv_bits_sums_scalar(const ConvBitsArgs<int16_t>& a) noexcept;

void conv_bits_plain(const ConvBitsArgs<uint32_t>& a) noexcept;         // 32 filters at a time, one per bit of a word
void conv_bits_tables_plain(const ConvBitsArgs<uint32_t>& a) noexcept;  // filters of up to 63 bits
void conv_bits_sums_plain(const ConvBitsArgs<int16_t>& a) noexcept;
void conv_bits_avx2(const ConvBitsArgs<uint32_t>& a) noexcept;  // 8 filters at a time
void conv_bits_sums_avx2(const ConvBitsArgs<int16_t>& a) noexcept;
void conv_bits_avx512popcnt(const ConvBitsArgs<uint32_t>& a) noexcept;  // 16 filters at a time
void conv_bits_sums_avx512popcnt(const ConvBitsArgs<int16_t>& a) noexcept;
void conv_bits_neon(const ConvBitsArgs<uint32_t>& a) noexcept;  // 4 filters at a time
void conv_bits_sums_neon(const ConvBitsArgs<int16_t>& a) noexcept;
void conv_bits_wasmsimd(const ConvBitsArgs<uint32_t>& a) noexcept;  // 4 filters at a time
void conv_bits_sums_wasmsimd(const ConvBitsArgs<int16_t>& a) noexcept;

// Depthwise convolutions with thresholds. The scalar kernels run other grouped convolutions.
void conv_bits_depthwise_avx2(const ConvBitsArgs<uint32_t>& a) noexcept;
void conv_bits_depthwise_avx512popcnt(const ConvBitsArgs<uint32_t>& a) noexcept;
void conv_bits_depthwise_neon(const ConvBitsArgs<uint32_t>& a) noexcept;
void conv_bits_depthwise_wasmsimd(const ConvBitsArgs<uint32_t>& a) noexcept;

Variants<ConvBitsArgs<uint32_t>> conv_bits_variants() noexcept;
Variants<ConvBitsArgs<int16_t>> conv_bits_sums_variants() noexcept;

}  // namespace stapes
