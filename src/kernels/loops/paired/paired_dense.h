// SPDX-License-Identifier: Apache-2.0
// paired_dense.h: fully connected int8 layers with the weights of paired_layout.h, kPairedDenseFilters filters at a
// time.
//
// Prepared memory, [group of filters]: [run / kGatherChunk][half of a chunk][pair of filters] weights of 16 bits, two
// words for each half; then the PairedFinish of each filter. Filters missing from the last group are 0.
// Scratch: the input, widened, in the machine's order, padded to whole chunks; the last group's outputs.
// M is a machine:
//   load(from, count, zero_point, to)                    `count` bytes minus the zero point, padded with 0
//   run(x, run, group_bytes, prepared, groups, output)   all outputs of these groups
#pragma once

#include "kernels/always_inline.h"
#include "kernels/loops/dense/dense_layout.h"
#include "kernels/loops/paired/paired_layout.h"

namespace stapes {

constexpr int32_t kPairedDenseFilters = 4;

static inline constexpr int32_t paired_dense_groups(const ConvShape& s) {
  return (s.out_c + kPairedDenseFilters - 1) / kPairedDenseFilters;
}
static inline constexpr size_t paired_dense_group_bytes(const ConvShape& s) {
  return static_cast<size_t>(gather_run(s)) * kPairedDenseFilters + kPairedDenseFilters * sizeof(PairedFinish);
}
static inline size_t paired_dense_prepared_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(paired_dense_groups(s)) * paired_dense_group_bytes(s);
}
static inline size_t paired_dense_scratch_bytes(const ConvShape& s) noexcept {
  return static_cast<size_t>(gather_run(s)) * sizeof(int16_t) + kPairedDenseFilters;
}

template <class M>
STAPES_ALWAYS_INLINE void run_paired_dense(const ConvShape& s, const ConvI8Args<int8_t, int8_t>& a) {
  const int32_t run = gather_run(s), whole = s.out_c / kPairedDenseFilters, left = s.out_c % kPairedDenseFilters;
  auto* const x = static_cast<typename M::Element*>(a.memory.scratch);
  const auto* const prepared = static_cast<const unsigned char*>(a.memory.prepared);
  M::load(a.input, s.in_c, a.in_zero_point, x);
  if (whole > 0) M::run(x, run, paired_dense_group_bytes(s), prepared, whole, a.output);
  if (left == 0) return;
  auto* const last = reinterpret_cast<int8_t*>(x + run);
  M::run(x, run, paired_dense_group_bytes(s), prepared + static_cast<size_t>(whole) * paired_dense_group_bytes(s), 1,
         last);
  for (int32_t i = 0; i < left; ++i) a.output[whole * kPairedDenseFilters + i] = last[i];
}

template <class M>
static inline void paired_dense(const ConvI8Args<int8_t, int8_t>& a) {
  run_paired_dense<M>(a.shape, a);
}

// For exports: the shape is constant.
template <class M, const ConvShape& kShape>
static inline void paired_dense_fixed(const ConvI8Args<int8_t, int8_t>& a) {
  run_paired_dense<M>(kShape, a);
}

}  // namespace stapes
