// SPDX-License-Identifier: Apache-2.0
// dense_blocks.h: fully connected layers with filters across lanes. Weights are read once, in memory order:
//
//   for each chunk of up to 8 blocks of filters:
//     for each group of inputs:  sums[block] += dot(group in all lanes, weights of the block)
//     rescale the sums of four blocks at a time
//
// Dot products into one register wait for each other, so in small chunks each block alternates between several sums.
#pragma once

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/loops/dense/dense_blocks_variant.h"
#include "kernels/loops/tiled/machine_avx512vnni.h"

namespace stapes {
namespace {

struct Avx512Dense : DenseBlocks512, Avx512 {};
using DenseLayout = TileLayout<Avx512Dense>;

__m512i rescaled_block(const DenseLayout& layout, const void* prepared, int32_t block, __m512i sums) {
  const auto constants = [&](int32_t array) {
    return Avx512::load(layout.constants(prepared, array) + block * Avx512Dense::kLanes);
  };
  const __m512i shift = constants(DenseArrays::kShift), zero = _mm512_setzero_si512(), one = _mm512_set1_epi32(1);
  const __m512i left = _mm512_add_epi32(_mm512_max_epi32(shift, zero), one);
  const __m512i right = _mm512_max_epi32(_mm512_sub_epi32(zero, shift), zero);
  const __m512i half = _mm512_srli_epi32(_mm512_sllv_epi32(one, right), 1);
  return Avx512::Rescale(constants(DenseArrays::kMultiplier), left, half, right)(sums);
}

// One chunk, starting at block `first`.
template <int kBlocks>
void dense_chunk(const ConvI8Args<int8_t, int8_t>& a, const DenseLayout& layout, int32_t first,
                 const Avx512::Narrow& narrow) {
  constexpr int kTurns = kBlocks >= 5 ? 2 : kBlocks >= 3 ? 4 : 8;
  const auto* const elements = static_cast<const uint8_t*>(a.memory.scratch);
  const int8_t* weights = layout.weights(a.memory.prepared) + layout.chunk_start(first);
  __m512i sums[kTurns][kBlocks];
#pragma GCC unroll 8
  for (int b = 0; b < kBlocks; ++b) {
    sums[0][b] = Avx512::load(layout.constants(a.memory.prepared, 0) + (first + b) * Avx512Dense::kLanes);
    for (int turn = 1; turn < kTurns; ++turn) sums[turn][b] = _mm512_setzero_si512();
  }
  const auto take = [&](int32_t group, __m512i(&turn)[kBlocks]) __attribute__((always_inline)) {
    const __m512i input = Avx512::load_group(elements + group * Avx512Dense::kGroup);
#pragma GCC unroll 8
    for (int b = 0; b < kBlocks; ++b) {
      turn[b] = _mm512_dpbusd_epi32(turn[b], input, _mm512_loadu_si512(weights));
      weights += DenseLayout::kBlockWeights;
    }
  };
  int32_t group = 0;
  for (; group + kTurns <= layout.groups; group += kTurns) {
#pragma GCC unroll 8
    for (int turn = 0; turn < kTurns; ++turn) take(group + turn, sums[turn]);
  }
  for (; group < layout.groups; ++group) take(group, sums[0]);
#pragma GCC unroll 2
  for (int b = 0; b < kBlocks; b += 4) {
    __m512i four[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      const int block = b + i < kBlocks ? b + i : b;
      __m512i sum = sums[0][block];
      for (int turn = 1; turn < kTurns; ++turn) sum = _mm512_add_epi32(sum, sums[turn][block]);
      four[i] = b + i < kBlocks ? rescaled_block(layout, a.memory.prepared, first + block, sum) : four[0];
    }
    const int32_t at = (first + b) * Avx512Dense::kLanes, left = a.shape.out_c - at;
    constexpr int32_t kHere = kBlocks < 4 ? 16 * kBlocks : 64;
    Avx512::store_bytes(narrow(four), left < kHere ? left : kHere, a.output + at);
  }
}

template <int kBlocks>
void dense_chunk_of(int32_t blocks, const ConvI8Args<int8_t, int8_t>& a, const DenseLayout& layout, int32_t first,
                    const Avx512::Narrow& narrow) {
  constexpr int kFewer = kBlocks > 1 ? kBlocks - 1 : 1;
  if (blocks < kBlocks) return dense_chunk_of<kFewer>(blocks, a, layout, first, narrow);
  dense_chunk<kBlocks>(a, layout, first, narrow);
}

void run_dense_blocks(const ConvI8Args<int8_t, int8_t>& a) {
  const DenseLayout layout = dense_blocks_layout<Avx512Dense>(a.shape);
  auto* const elements = static_cast<uint8_t*>(a.memory.scratch);
  const int32_t inside = a.shape.in_h * a.shape.in_w * a.shape.in_c, all = flattened_shape(a.shape).in_c;
  Avx512Bytes::load_elements(a.input, inside, a.in_zero_point, elements);
  fill_elements<Avx512Bytes>(elements + inside, all - inside, Avx512Bytes::element(a.in_zero_point, a.in_zero_point));
  const Avx512::Narrow narrow(a.out_zero_point, a.minimum, a.maximum);
  for (int32_t first = 0; first < layout.blocks; first += layout.chunk_blocks(first)) {
    dense_chunk_of<Avx512Dense::kMaxBlocks>(layout.chunk_blocks(first), a, layout, first, narrow);
  }
}

}  // namespace
}  // namespace stapes
