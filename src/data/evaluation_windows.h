// evaluation_windows.h: which parts of a clip a network is tested on.
#pragma once

#include <cstdint>
#include <span>

namespace stapes {

inline constexpr int kEvaluationCrops = 10;

// The published test (arXiv:2103.03483): the clip padded with window_samples / 2 zeros on both sides, ten windows at
// stride floor((padded length - window_samples) / 9); a network's probabilities over them are averaged.
//   clip  at least one sample
//   out   [10][window_samples]
void ten_crops(std::span<const std::int16_t> clip, int window_samples, std::span<std::int16_t> out);

// What a device hears once: the window centred on the clip; a shorter clip is centred between zeros.
//   out   [window_samples]
void single_window(std::span<const std::int16_t> clip, int window_samples, std::span<std::int16_t> out);

}  // namespace stapes
