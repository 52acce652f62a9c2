// SPDX-License-Identifier: Apache-2.0
#include "compress/range_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace stapes {
namespace {

constexpr int kSteps = 255;         // of an int8
constexpr double kQuietest = 1e-3;  // of the loudest value: 60 dB below it
constexpr int kCandidates = 100;    // ranges tried: 1.00, 0.99 .. 0.01 of the full range
constexpr double kTrim = 1e-5;      // share of the values that one trimming step removes

}  // namespace

void RangeHistogram::add(std::span<const float> values) {
  double energy = 0;
  for (const float value : values) {
    finite_ = finite_ && std::isfinite(value);
    if (!std::isfinite(value)) continue;
    const double v = value;
    energy += v * v / static_cast<double>(values.size());
    minimum_ = std::min(minimum_, v);
    maximum_ = std::max(maximum_, v);
  }
  const double floor = kQuietest * std::max(-minimum_, maximum_);  // of the values seen so far
  const double relative = 1 / (energy + floor * floor + std::numeric_limits<double>::min());
  const double weight = weight_ == ErrorWeight::kRelative ? relative : 1;
  for (const float value : values) {
    if (value == 0 || !std::isfinite(value)) continue;
    const double v = value;
    if (limit_ == 0) limit_ = std::fabs(v) * 1.001;
    while (std::fabs(v) >= limit_) double_limit();
    const int bin = static_cast<int>(std::floor(v / limit_ * kHalfBins)) + kHalfBins;
    weights_[static_cast<std::size_t>(std::clamp(bin, 0, 2 * kHalfBins - 1))] += weight;
  }
}

// Merges pairs of bins, counted from the center; the outer half becomes empty.
void RangeHistogram::double_limit() {
  std::array<double, 2 * kHalfBins> wider{};
  for (int bin = 0; bin < 2 * kHalfBins; ++bin) {
    const int from_center = bin - kHalfBins;
    const int merged = (from_center >= 0 ? from_center / 2 : (from_center - 1) / 2) + kHalfBins;
    wider[static_cast<std::size_t>(merged)] += weights_[static_cast<std::size_t>(bin)];
  }
  weights_ = wider;
  limit_ *= 2;
}

double RangeHistogram::squared_error(Range range) const {
  const double step = (range.high - range.low) / kSteps;
  double error = 0;
  for (int bin = 0; bin < 2 * kHalfBins; ++bin) {
    const double weight = weights_[static_cast<std::size_t>(bin)];
    if (weight == 0) continue;
    const double value = (bin - kHalfBins + 0.5) / kHalfBins * limit_;
    const double clipped = value - std::clamp(value, range.low, range.high);
    error += weight * (clipped * clipped + step * step / 12);
  }
  return error;
}

Range RangeHistogram::shrunken_range() const {
  Range best = full_range();
  double least = squared_error(best);
  for (int i = kCandidates - 1; i > 0; --i) {
    const double part = static_cast<double>(i) / kCandidates;
    const Range candidate{minimum_ * part, maximum_ * part};
    const double error = squared_error(candidate);
    if (error >= least) continue;
    least = error;
    best = candidate;
  }
  return best;
}

Range RangeHistogram::trimmed_range() const {
  constexpr int kBins = 2 * kHalfBins;
  double total = 0;
  for (const double weight : weights_) total += weight;
  if (total == 0) return full_range();
  const auto weight_of = [&](int bin) { return weights_[static_cast<std::size_t>(bin)]; };
  const auto range_of = [&](int first, int last) {  // the bins [first, last]
    const double low = (first - kHalfBins) * limit_ / kHalfBins, high = (last + 1 - kHalfBins) * limit_ / kHalfBins;
    return Range{std::clamp(low, minimum_, 0.0), std::clamp(high, 0.0, maximum_)};
  };
  int first = 0, last = kBins - 1;
  double below = 0, above = 0;  // weight trimmed from each end
  double least = squared_error(full_range());
  Range best = full_range();
  for (double trimmed = kTrim * total; first < last; trimmed += kTrim * total) {
    int next_first = first, next_last = last;
    double next_below = below, next_above = above;
    while (next_first < last && next_below + weight_of(next_first) < trimmed) next_below += weight_of(next_first++);
    while (next_last > first && next_above + weight_of(next_last) < trimmed) next_above += weight_of(next_last--);
    if (next_first - first > last - next_last) {
      first = next_first;
      below = next_below;
    } else if (next_last < last) {
      last = next_last;
      above = next_above;
    } else {
      continue;  // both ends lie in bins with much weight: trim further
    }
    const Range candidate = range_of(first, last);
    const double error = squared_error(candidate);
    if (error > least) break;
    least = error;
    best = candidate;
  }
  return best;
}

}  // namespace stapes
