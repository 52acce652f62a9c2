// SPDX-License-Identifier: Apache-2.0
#include "audio/stretch.h"

#include <algorithm>
#include <cmath>

#include "audio/pcm16.h"

namespace stapes {

std::size_t stretched_length(std::size_t samples, double factor) {
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::floor(static_cast<double>(samples) * factor)));
}

StretchPath stretch_path(std::size_t clip_samples, double factor, std::ptrdiff_t first, std::size_t window_samples) {
  const std::ptrdiff_t length = static_cast<std::ptrdiff_t>(stretched_length(clip_samples, factor));
  const std::ptrdiff_t wanted = static_cast<std::ptrdiff_t>(window_samples);
  const std::ptrdiff_t begin = std::clamp<std::ptrdiff_t>(-first, 0, wanted);
  const std::ptrdiff_t end = std::clamp<std::ptrdiff_t>(length - first, begin, wanted);
  const double step = 1.0 / factor;
  const double position = static_cast<double>(std::max<std::ptrdiff_t>(0, first + begin)) * step;
  return {begin, end, static_cast<std::uint64_t>(std::llround(position * 0x1p32)),
          static_cast<std::uint64_t>(std::llround(step * 0x1p32))};
}

void stretched_window(std::span<const std::int16_t> clip, double factor, std::ptrdiff_t first, std::span<float> out) {
  const StretchPath path = stretch_path(clip.size(), factor, first, out.size());
  std::fill(out.begin(), out.begin() + path.begin, 0.0f);
  std::fill(out.begin() + path.end, out.end(), 0.0f);
  std::uint64_t position = path.position;
  const std::size_t last = clip.size() - 1;
  for (std::ptrdiff_t i = path.begin; i < path.end; ++i, position += path.step) {
    const std::size_t left = std::min(static_cast<std::size_t>(position >> 32), last);
    const std::size_t right = std::min(left + 1, last);
    const float f = static_cast<float>(static_cast<std::int32_t>((position >> 1) & 0x7FFFFFFF)) * 0x1p-31f;
    const float from = clip[left], to = clip[right];
    out[static_cast<std::size_t>(i)] = (from + f * (to - from)) * (1 / kPcm16Scale);
  }
}

}  // namespace stapes
