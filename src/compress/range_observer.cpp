// SPDX-License-Identifier: Apache-2.0
#include "compress/range_observer.h"

namespace stapes {

RangeHistogram histogram_for(RangeRule rule) {
  return RangeHistogram(rule == RangeRule::kEnergy ? ErrorWeight::kRelative : ErrorWeight::kAbsolute);
}

Range range_by(RangeRule rule, const RangeHistogram& seen) {
  switch (rule) {
    case RangeRule::kEnergy:
    case RangeRule::kMse:
      return seen.shrunken_range();
    case RangeRule::kHistogram:
      return seen.trimmed_range();
    case RangeRule::kMinMax:
      break;
  }
  return seen.full_range();
}

}  // namespace stapes
