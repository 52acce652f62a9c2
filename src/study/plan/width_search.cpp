// SPDX-License-Identifier: Apache-2.0
#include "study/plan/width_search.h"

#include <utility>

#include "base/error.h"
#include "compress/budget.h"
#include "graph/networks.h"

namespace stapes {
namespace {

NetworkSpec scaled(const NetworkSpec& spec, double factor) {
  NetworkSpec result = spec;
  scale_widths(result.graph, factor);
  return result;
}

}  // namespace

std::int64_t packed_bytes(const NetworkSpec& spec, Form form) {
  const TrainedNetwork network = untrained(spec);
  return (form == Form::kXnor ? binary_needs(network) : int8_needs(network)).flash_bytes;
}

NetworkSpec widest_within(const WidthSearch& search, const NetworkSpec& spec) {
  const auto fits = [&](double factor) {
    return packed_bytes(scaled(spec, factor), search.form) <= search.flash_bytes;
  };
  if (!fits(0)) {
    throw UsageError("{} bytes of flash are too few for {} in form {}; one filter per layer takes {}",
                     search.flash_bytes, search.like, to_string(search.form),
                     packed_bytes(scaled(spec, 0), search.form));
  }
  constexpr double kWidest = 16, kPrecision = 1e-3;  // of the factor; the precision is relative
  double low = 0, high = 1.0 / 64;                   // low fits, high does not
  while (high < kWidest && fits(high)) low = std::exchange(high, 2 * high);
  while (high - low > kPrecision * high) {
    const double middle = (low + high) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return scaled(spec, low);
}

}  // namespace stapes
