// SPDX-License-Identifier: Apache-2.0
#include "data/evaluation_windows.h"

#include <algorithm>
#include <iterator>

namespace stapes {
namespace {

// Samples [first, first + out.size()) of the clip, zeros outside it.
void copy_window(std::span<const std::int16_t> clip, std::ptrdiff_t first, std::span<std::int16_t> out) {
  const std::ptrdiff_t wanted = static_cast<std::ptrdiff_t>(out.size());
  const std::ptrdiff_t begin = std::clamp<std::ptrdiff_t>(-first, 0, wanted);
  const std::ptrdiff_t end = std::clamp(static_cast<std::ptrdiff_t>(clip.size()) - first, begin, wanted);
  std::fill(out.begin(), out.end(), std::int16_t{0});
  std::copy(clip.begin() + first + begin, clip.begin() + first + end, out.begin() + begin);
}

}  // namespace

std::span<const std::int16_t> window_at(std::span<const std::int16_t> clip, std::ptrdiff_t first,
                                        std::span<std::int16_t> scratch) {
  const bool inside = first >= 0 && first + std::ssize(scratch) <= std::ssize(clip);
  if (inside) return clip.subspan(static_cast<std::size_t>(first), scratch.size());
  copy_window(clip, first, scratch);
  return scratch;
}

std::ptrdiff_t crop_start(std::size_t clip_samples, int window_samples, int crop) {
  const std::ptrdiff_t window = window_samples, pad = window / 2;
  const std::ptrdiff_t padded = static_cast<std::ptrdiff_t>(clip_samples) + 2 * pad;
  return crop * ((padded - window) / (kEvaluationCrops - 1)) - pad;
}

std::ptrdiff_t single_window_start(std::size_t clip_samples, int window_samples) {
  const std::ptrdiff_t spare = static_cast<std::ptrdiff_t>(clip_samples) - window_samples;
  return spare >= 0 ? spare / 2 : -((1 - spare) / 2);
}

void ten_crops(std::span<const std::int16_t> clip, int window_samples, std::span<std::int16_t> out) {
  const std::size_t window = static_cast<std::size_t>(window_samples);
  for (int crop = 0; crop < kEvaluationCrops; ++crop) {
    copy_window(clip, crop_start(clip.size(), window_samples, crop),
                out.subspan(static_cast<std::size_t>(crop) * window, window));
  }
}

void single_window(std::span<const std::int16_t> clip, int window_samples, std::span<std::int16_t> out) {
  copy_window(clip, single_window_start(clip.size(), window_samples), out);
}

}  // namespace stapes
