// SPDX-License-Identifier: Apache-2.0
// range_observer.h: the rules by which calibration picks the range [low, high] that an 8-bit activation covers.
//
// | name      | range                                                   | minimized error               |
// |-----------|---------------------------------------------------------|-------------------------------|
// | energy    | the full range, scaled down                             | squared, relative to energy   |
// | mse       | the full range, scaled down                             | squared                       |
// | histogram | the full range, each end trimmed separately             | squared                       |
// | min-max   | the full range                                          | none                          |
//
// docs/studies/quantization-results.md compares them.
#pragma once

#include "base/names.h"
#include "compress/range_histogram.h"

namespace stapes {

enum class RangeRule { kEnergy, kMse, kHistogram, kMinMax };
template <>
inline constexpr auto kNames<RangeRule> = std::to_array<Named<RangeRule>>({{RangeRule::kEnergy, "energy"},
                                                                           {RangeRule::kMse, "mse"},
                                                                           {RangeRule::kHistogram, "histogram"},
                                                                           {RangeRule::kMinMax, "min-max"}});

// An empty histogram for `rule`, and the range that `rule` picks from a filled histogram.
RangeHistogram histogram_for(RangeRule rule);
Range range_by(RangeRule rule, const RangeHistogram& seen);

}  // namespace stapes
