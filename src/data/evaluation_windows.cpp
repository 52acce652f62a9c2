#include "data/evaluation_windows.h"

#include <algorithm>
#include <cstddef>

namespace stapes {
namespace {

// Samples [first, first + out.size()) of the clip, zeros outside of it.
void copy_window(std::span<const std::int16_t> clip, std::ptrdiff_t first, std::span<std::int16_t> out) {
  const std::ptrdiff_t wanted = static_cast<std::ptrdiff_t>(out.size());
  const std::ptrdiff_t begin = std::clamp<std::ptrdiff_t>(-first, 0, wanted);
  const std::ptrdiff_t end = std::clamp(static_cast<std::ptrdiff_t>(clip.size()) - first, begin, wanted);
  std::fill(out.begin(), out.end(), std::int16_t{0});
  std::copy(clip.begin() + first + begin, clip.begin() + first + end, out.begin() + begin);
}

}  // namespace

void ten_crops(std::span<const std::int16_t> clip, int window_samples, std::span<std::int16_t> out) {
  const std::ptrdiff_t window = window_samples, pad = window / 2;
  const std::ptrdiff_t padded = static_cast<std::ptrdiff_t>(clip.size()) + 2 * pad;
  const std::ptrdiff_t stride = (padded - window) / (kEvaluationCrops - 1);
  for (std::ptrdiff_t crop = 0; crop < kEvaluationCrops; ++crop) {
    copy_window(clip, crop * stride - pad,
                out.subspan(static_cast<std::size_t>(crop * window), static_cast<std::size_t>(window)));
  }
}

void single_window(std::span<const std::int16_t> clip, int window_samples, std::span<std::int16_t> out) {
  const std::ptrdiff_t spare = static_cast<std::ptrdiff_t>(clip.size()) - window_samples;
  copy_window(clip, spare >= 0 ? spare / 2 : -((1 - spare) / 2), out);
}

}  // namespace stapes
