// SPDX-License-Identifier: Apache-2.0
// wave_variant.h: the Variant (variant.h) for the first convolution of raw audio: one row of taps, positions two 16-bit
// samples apart, no padding, no pool, few filters. ACDNet: 1x9, stride 2, one channel, up to 8 filters.
#pragma once

#include "kernels/loops/tiled/tiled_variant.h"
#include "kernels/loops/wave/wave_tiles.h"

namespace stapes {

inline bool suits_wave(const ConvShape& s) noexcept {
  return s.kernel_h == 1 && s.stride_w * s.in_c == 2 && s.pad_h == 0 && end_pad_w(s) == 0 && s.pool_h == 1 &&
         s.pool_w == 1 && s.out_c <= WaveTiles::kLanes && is_ungrouped(s);
}

template <class Args>
constexpr Variant<Args> wave_variant(Isa isa, void (*run)(const Args&) noexcept) noexcept {
  Variant<Args> variant = tiled_variant<WaveTiles>(isa, run);
  variant.scratch_bytes = nullptr;  // the input is read in place
  variant.suits = suits_wave;
  variant.form = "wave";
  return variant;
}

}  // namespace stapes
