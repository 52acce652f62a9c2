// SPDX-License-Identifier: Apache-2.0
// doubled_variant.h: tiled kernels for so few filters that a vector has lanes for two positions. Two neighboring
// positions become one with twice the filters. The second half of the filters reads the input stride_w columns further
// on. Rows of taps have that many more columns, with weights of 0 outside each filter.
#pragma once

#include "kernels/loops/tiled/tiled_variant.h"

namespace stapes {

static inline ConvShape doubled_shape(const ConvShape& s) noexcept {
  ConvShape doubled = s;
  doubled.out_c = 2 * s.out_c;
  doubled.out_w = s.out_w / 2;
  doubled.kernel_w = s.kernel_w + s.stride_w;
  doubled.stride_w = 2 * s.stride_w;
  return doubled;
}

template <class M>
bool suits_doubled(const ConvShape& s) noexcept {
  return is_ungrouped(s) && 2 * s.out_c <= M::kLanes && s.out_w % 2 == 0 && s.pool_h == 1 && s.pool_w == 1 &&
         s.stride_w <= s.kernel_w;
}

template <class M>
size_t doubled_band_bytes(const ConvShape& s) noexcept {
  return band_bytes<M>(doubled_shape(s));
}
template <class M, class Args>
size_t doubled_prepared_bytes(const ConvShape& s) noexcept {
  return tiled_prepared_bytes<M, Args>(doubled_shape(s));
}

template <class M, class Args>
void prepare_doubled(const Args& a, void* prepared) noexcept {
  TileWriter<M> writer(tile_layout_for<M, Args>(doubled_shape(a.shape)), prepared);
  const TileCopy copies[] = {{}, {a.shape.out_c, a.shape.stride_w * a.shape.in_c}};
  for (const TileCopy& copy : copies) {
    write_weights(a.shape, a.weights, M::excess(a.in_zero_point), writer, copy);
    write_rescale(a, writer, copy);
  }
}

template <class M, class Args>
constexpr Variant<Args> doubled_variant(Isa isa, void (*run)(const Args&) noexcept) noexcept {
  return {
      isa,      run, doubled_band_bytes<M>, doubled_prepared_bytes<M, Args>, prepare_doubled<M, Args>, suits_doubled<M>,
      "doubled"};
}

}  // namespace stapes
