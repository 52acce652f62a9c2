// SPDX-License-Identifier: Apache-2.0
// tiled_variant.h: the Variant (variant.h) of a tiled kernel, and portable code that lays out weights.
#pragma once

#include "kernels/choice.h"
#include "kernels/loops/tiled/grouped_band.h"
#include "kernels/loops/tiled/padded_band.h"
#include "kernels/loops/tiled/tile_sizes.h"
#include "kernels/loops/tiled/tile_writer.h"
#include "kernels/variant.h"

namespace stapes {

template <class M, class Args>
TileLayout<M> tile_layout_for(const ConvShape& s) noexcept {
  return tile_layout<M>(s, Decides<Args>::kValue ? ThresholdArrays::kCount : RescaleArrays::kCount);
}

template <class M, class Args>
size_t tiled_prepared_bytes(const ConvShape& s) noexcept {
  return tile_layout_for<M, Args>(s).bytes();
}

template <class M, class Args>
void write_tiles(const Args& a, const TileLayout<M>& layout, TileWriter<M>& writer, Choice<true>) noexcept {
  write_weights(a.shape, a.weights, 0, writer);
  write_thresholds(a, layout.blocks * M::kLanes, writer);
}
template <class M, class Args>
void write_tiles(const Args& a, const TileLayout<M>&, TileWriter<M>& writer, Choice<false>) noexcept {
  write_weights(a.shape, a.weights, M::excess(a.in_zero_point), writer);
  write_rescale(a, writer);
}

template <class M, class Args>
void prepare_tiles(const Args& a, void* prepared) noexcept {
  const TileLayout<M> layout = tile_layout_for<M, Args>(a.shape);
  TileWriter<M> writer(layout, prepared);
  write_tiles(a, layout, writer, DecidesChoice<Args>());
}

template <class M, class Args>
constexpr Variant<Args> tiled_variant(Isa isa, void (*run)(const Args&) noexcept) noexcept {
  return {isa, run, band_bytes<M>, tiled_prepared_bytes<M, Args>, prepare_tiles<M, Args>, is_ungrouped};
}

// For convolutions with groups. `run` uses a machine with M's sizes whose lanes do not share their input.
template <class M, class Args>
constexpr Variant<Args> grouped_variant(Isa isa, void (*run)(const Args&) noexcept) noexcept {
  Variant<Args> variant = tiled_variant<M>(isa, run);
  variant.scratch_bytes = grouped_band_bytes<M>;
  variant.suits = suits_grouped;
  variant.form = "grouped";
  return variant;
}

}  // namespace stapes
