// SPDX-License-Identifier: Apache-2.0
// evaluation_windows.h: the parts of a clip used for evaluation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace stapes {

inline constexpr int kEvaluationCrops = 10;

// `first` may be negative. A window inside the clip is not copied; any other is padded with zeros in `scratch`. The
// result borrows from `clip` or `scratch`.
//   scratch  [window_samples]
std::span<const std::int16_t> window_at(std::span<const std::int16_t> clip, std::ptrdiff_t first,
                                        std::span<std::int16_t> scratch);

// First sample of a crop (0 to kEvaluationCrops - 1) and of the single window.
std::ptrdiff_t crop_start(std::size_t clip_samples, int window_samples, int crop);
std::ptrdiff_t single_window_start(std::size_t clip_samples, int window_samples);

// Pads the clip with window_samples / 2 zeros on both sides and cuts it into ten windows with stride floor((padded
// length - window_samples) / 9) (arXiv:2103.03483).
//   clip  at least one sample
//   out   [10][window_samples]
void ten_crops(std::span<const std::int16_t> clip, int window_samples, std::span<std::int16_t> out);

// The middle of the clip, as on a device. A shorter clip is padded with zeros on both sides.
//   out   [window_samples]
void single_window(std::span<const std::int16_t> clip, int window_samples, std::span<std::int16_t> out);

}  // namespace stapes
