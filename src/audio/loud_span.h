// SPDX-License-Identifier: Apache-2.0
// loud_span.h: the loud part of a recording, without the quiet before and after it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace stapes {

struct SampleSpan {
  std::size_t first = 0, count = 0;
};

// From the first to the last frame of 30 ms (every 10 ms) whose mean square is at most below_loudest_db under that of
// the loudest frame. A recording shorter than a frame, or of zeros only, is returned whole.
//   below_loudest_db  dB, above 0
SampleSpan loud_span(std::span<const std::int16_t> samples, int sample_rate_hz, double below_loudest_db);

}  // namespace stapes
