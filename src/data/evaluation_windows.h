// SPDX-License-Identifier: Apache-2.0
// evaluation_windows.h: the parts of a clip used for evaluation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace stapes {

inline constexpr int kEvaluationCrops = 10;

// One window of a clip; `first` may be before the clip. A window inside the clip is not copied; any other is copied
// into `scratch` and padded with zeros. The result is valid as long as `clip` and `scratch` are.
//   scratch  [window_samples]
std::span<const std::int16_t> window_at(std::span<const std::int16_t> clip, std::ptrdiff_t first,
                                        std::span<std::int16_t> scratch);

// First sample of a crop (0 to kEvaluationCrops - 1, see ten_crops) and of the single window.
std::ptrdiff_t crop_start(std::size_t clip_samples, int window_samples, int crop);
std::ptrdiff_t single_window_start(std::size_t clip_samples, int window_samples);

// The published test (arXiv:2103.03483): the clip is padded with window_samples / 2 zeros on both sides and cut into
// ten windows with stride floor((padded length - window_samples) / 9). A network's probabilities are averaged over the
// ten windows.
//   clip  at least one sample
//   out   [10][window_samples]
void ten_crops(std::span<const std::int16_t> clip, int window_samples, std::span<std::int16_t> out);

// One window, as a device classifies it: the middle of the clip; a shorter clip is padded with zeros on both sides.
//   out   [window_samples]
void single_window(std::span<const std::int16_t> clip, int window_samples, std::span<std::int16_t> out);

}  // namespace stapes
