#include "study/width_search.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "compress/budget.h"

namespace stapes {
namespace {

// conv12 has one filter a class in the family, and is not scaled.
AcdnetSpec scaled(const AcdnetSpec& spec, const std::array<int, kAcdnetConvs>& base, double factor) {
  AcdnetSpec result = spec;
  for (std::size_t i = 0; i + 1 < base.size(); ++i) {
    result.widths[i] = std::max(1, static_cast<int>(std::floor(base[i] * factor)));
  }
  result.widths.back() = base.back();
  return result;
}

}  // namespace

std::int64_t packed_bytes(const AcdnetSpec& spec, Form form) {
  TrainedNetwork network{.spec = spec, .labels = {}, .tensors = {}};
  for (int c = 0; c < spec.class_count; ++c) network.labels.push_back("class " + std::to_string(c));
  return (form == Form::kXnor ? binary_needs(network) : int8_needs(network)).flash_bytes;
}

AcdnetSpec widest_within(const WidthSearch& search, const AcdnetSpec& spec) {
  const auto base = acdnet_widths(search.like, spec.class_count);
  const auto fits = [&](double factor) {
    return packed_bytes(scaled(spec, base, factor), search.form) <= search.flash_bytes;
  };
  if (!fits(0)) {
    throw UsageError("{} bytes of flash are too few for {} in form {}: one filter a layer takes {}", search.flash_bytes,
                     search.like, to_string(search.form), packed_bytes(scaled(spec, base, 0), search.form));
  }
  constexpr double kWidest = 16, kPrecision = 1e-3;  // of the factor: finer than one filter of most layers
  double low = 0, high = 1.0 / 64;                   // fits, does not
  while (high < kWidest && fits(high)) low = std::exchange(high, 2 * high);
  while (high - low > kPrecision * high) {
    const double middle = (low + high) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return scaled(spec, base, low);
}

}  // namespace stapes
