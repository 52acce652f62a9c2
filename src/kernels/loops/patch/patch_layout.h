// SPDX-License-Identifier: Apache-2.0
// patch_layout.h: shapes and weight layout of int8 convolutions as products of patches and filters, on cores with
// vectors that multiply bytes and add all products to one register.
//
// A patch is the input of one output position, [kernel_h][kernel_w][in_c], with the zero point for taps outside. M is a
// machine of patch_machine_<isa>.h or its sizes. kPositions patches and kFilters filters share loaded vectors. Elements
// keep their zero point; the initial sums compensate for it.
//
// Prepared memory: PatchHead; initial sums, [filters padded to whole blocks]; weights, [block][chunk of kPatchChunk
// elements][kFilters][kPatchChunk], padded with 0.
// Scratch: sums, [kPositions][kPatchTile]; unless patches are read in place, [kPositions][patch].
#pragma once

#include <string.h>

#include "kernels/conv_i8/conv_i8.h"
#include "kernels/variant.h"

namespace stapes {

constexpr int32_t kPatchChunk = 16;
constexpr int32_t kPatchTile = 64;  // filters rescaled together; a multiple of every machine's kFilters

struct MvePatchSizes {
  static constexpr int32_t kPositions = 3, kFilters = 2;
};
// For layers of one position: patches cannot share a filter.
struct MveSinglePatchSizes {
  static constexpr int32_t kPositions = 1, kFilters = 4;
};

// 16 bytes, to align the data after it.
struct PatchHead {
  int32_t shifts_left;  // whether any shift is above 0
  int32_t unused[3];
};

static inline int32_t patch_size(const ConvShape& s) { return s.kernel_h * s.kernel_w * s.in_c; }
static inline int32_t patch_chunks(const ConvShape& s) { return (patch_size(s) + kPatchChunk - 1) / kPatchChunk; }

// Whether each patch is one input position: patches are contiguous.
static inline bool patches_in_place(const ConvShape& s) {
  return s.kernel_h == 1 && s.kernel_w == 1 && s.pad_h == 0 && s.pad_w == 0 && s.stride_h == 1 && s.stride_w == 1 &&
         s.in_w == s.out_w;
}

// No groups or pool, and a patch size that fits an int32. Machines for one position take only layers with one.
template <class M>
static inline bool patch_suits(const ConvShape& s) noexcept {
  constexpr int64_t kMax = int64_t{1} << 22;
  const bool single = s.out_h == 1 && s.out_w == 1;
  return is_ungrouped(s) && s.pool_h == 1 && s.pool_w == 1 && (single || M::kPositions > 1) &&
         int64_t{s.kernel_h} * s.kernel_w <= kMax / s.in_c;
}

template <class M>
static inline int32_t filled_up_filters(int32_t filters) {
  return (filters + M::kFilters - 1) / M::kFilters * M::kFilters;
}
template <class M>
static inline size_t patch_weights_at(const ConvShape& s) {
  return sizeof(PatchHead) + (static_cast<size_t>(filled_up_filters<M>(s.out_c)) * sizeof(int32_t) + 15) / 16 * 16;
}
template <class M>
static inline size_t patch_prepared_bytes(const ConvShape& s) noexcept {
  return patch_weights_at<M>(s) + static_cast<size_t>(filled_up_filters<M>(s.out_c)) *
                                      static_cast<size_t>(patch_chunks(s)) * static_cast<size_t>(kPatchChunk);
}
template <class M>
static inline size_t patch_scratch_bytes(const ConvShape& s) noexcept {
  const size_t patch = patches_in_place(s) ? 0 : static_cast<size_t>(patch_size(s));
  return static_cast<size_t>(M::kPositions) * (static_cast<size_t>(kPatchTile) * sizeof(int32_t) + patch);
}

template <class M>
static inline void prepare_patch(const ConvI8Args<int8_t, int8_t>& a, void* prepared) noexcept {
  const ConvShape& s = a.shape;
  memset(prepared, 0, patch_prepared_bytes<M>(s));
  auto* const head = static_cast<PatchHead*>(prepared);
  auto* const first_sums = reinterpret_cast<int32_t*>(head + 1);
  int8_t* const weights = static_cast<int8_t*>(prepared) + patch_weights_at<M>(s);
  const int32_t size = patch_size(s);
  const int8_t* from = a.weights;
  for (int32_t o = 0; o < s.out_c; ++o) {
    const ptrdiff_t block = o / M::kFilters * patch_chunks(s);
    int32_t sum = 0;
    for (int32_t i = 0; i < size; ++i, ++from) {
      sum += *from;
      weights[((block + i / kPatchChunk) * M::kFilters + o % M::kFilters) * kPatchChunk + i % kPatchChunk] = *from;
    }
    first_sums[o] = a.bias[o] - a.in_zero_point * sum;
    if (a.shift[o] > 0) head->shifts_left = 1;
  }
}

template <class M>
constexpr Variant<ConvI8Args<int8_t, int8_t>> patch_variant(
    Isa isa, const char* form, void (*run)(const ConvI8Args<int8_t, int8_t>&) noexcept) noexcept {
  return {isa, run, patch_scratch_bytes<M>, patch_prepared_bytes<M>, prepare_patch<M>, patch_suits<M>, form, true};
}

}  // namespace stapes
