// SPDX-License-Identifier: Apache-2.0
#include "compress/range_observer.h"

#include "base/error.h"

namespace stapes {

const char* name_of(RangeRule rule) {
  switch (rule) {
    case RangeRule::kEnergy:
      return "energy";
    case RangeRule::kMse:
      return "mse";
    case RangeRule::kHistogram:
      return "histogram";
    case RangeRule::kMinMax:
      return "min-max";
  }
  return "";
}

RangeRule range_rule(std::string_view name) {
  std::string known;
  for (const RangeRule rule : kRangeRules) {
    if (name == name_of(rule)) return rule;
    known += std::string(known.empty() ? "" : ", ") + name_of(rule);
  }
  throw UsageError("there is no observer {}; there are {}", name, known);
}

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
