// SPDX-License-Identifier: Apache-2.0
// evaluation_windows.h: the parts of a clip used for evaluation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace stapes {

inline constexpr int kEvaluationCrops = 10;

// One window of a clip; `first` may be before the clip. A window inside the clip is returned in place; otherwise it is
// copied into `scratch` and padded with zeros. Valid as long as both are.
//   scratch  [window_samples]
std::span<const std::int16_t> window_at(std::span<const std::int16_t> clip, std::ptrdiff_t first,
                                        std::span<std::int16_t> scratch);

// First sample of crop 0 .. kEvaluationCrops - 1 (ten_crops), and of the single window.
std::ptrdiff_t crop_start(std::size_t clip_samples, int window_samples, int crop);
std::ptrdiff_t single_window_start(std::size_t clip_samples, int window_samples);

// The published test (arXiv:2103.03483): the clip padded with window_samples / 2 zeros on both sides, ten windows at
// stride floor((padded length - window_samples) / 9); a network's probabilities over them are averaged.
//   clip  at least one sample
//   out   [10][window_samples]
void ten_crops(std::span<const std::int16_t> clip, int window_samples, std::span<std::int16_t> out);

// One window, as a device classifies it: centred on the clip; a shorter clip is centred between zeros.
//   out   [window_samples]
void single_window(std::span<const std::int16_t> clip, int window_samples, std::span<std::int16_t> out);

}  // namespace stapes
