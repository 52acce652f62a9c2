// SPDX-License-Identifier: Apache-2.0
// stretch.h: time stretching by linear interpolation, for the samples of a crop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace stapes {

// floor(samples * factor), at least 1. `factor` > 1: longer.
std::size_t stretched_length(std::size_t samples, double factor);

// Maps a window of a stretched clip to the clip, in 32.32 fixed point (accurate to 2^-33 sample per step). Values
// [begin, end) of the window are inside the stretched clip, the others are 0. Value i reads the clip at
// (position + (i - begin) * step) / 2^32.
struct StretchPath {
  std::ptrdiff_t begin, end;
  std::uint64_t position, step;
};
StretchPath stretch_path(std::size_t clip_samples, double factor, std::ptrdiff_t first, std::size_t window_samples);

// Samples [first, first + out.size()) of `clip` stretched by `factor`, full scale [-1, 1); zeros outside the clip.
//   stretched[i] = ((1 - f) * clip[k] + f * clip[min(k + 1, last)]) / 32768,  k + f = i / factor
// `clip` holds at least one sample; `first` may be negative (padding).
// Source: arXiv:1711.10282, as used by arXiv:2103.03483.
void stretched_window(std::span<const std::int16_t> clip, double factor, std::ptrdiff_t first, std::span<float> out);

}  // namespace stapes
