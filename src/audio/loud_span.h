// SPDX-License-Identifier: Apache-2.0
// loud_span.h: the loud part of a recording.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace stapes {

struct SampleSpan {
  std::size_t first = 0, count = 0;
};

// The span from the first loud frame to the last. Frames of 30 ms start every 10 ms; a frame is loud if its mean square
// is within below_loudest_db of the loudest. A recording shorter than a frame, or all zeros, is returned whole.
//   below_loudest_db  dB, above 0
SampleSpan loud_span(std::span<const std::int16_t> samples, int sample_rate_hz, double below_loudest_db);

}  // namespace stapes
