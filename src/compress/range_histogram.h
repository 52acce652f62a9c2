// SPDX-License-Identifier: Apache-2.0
// range_histogram.h: the distribution of a tensor's values on the calibration clips, and 8-bit ranges for it.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace stapes {

struct Range {
  double low = 0, high = 0;
};

// The weight of a value's error.
enum class ErrorWeight {
  kAbsolute,  // the same for all values
  // Relative to the energy of the values in the same add(), with a floor 60 dB below the loudest value. Loud clips
  // would dominate absolute errors.
  kRelative,
};

// A histogram over [-limit, limit] that doubles its limit as needed. Zeros are left out, since every range holds 0
// exactly.
class RangeHistogram {
 public:
  explicit RangeHistogram(ErrorWeight weight = ErrorWeight::kRelative) : weight_(weight) {}

  void add(std::span<const float> values);

  bool finite() const { return finite_; }  // no NaN and no infinity was added

  // Covers all values seen, and 0.
  Range full_range() const { return {minimum_, maximum_}; }

  // The full range times the factor of 1.00, 0.99 .. 0.01 with the smallest expected squared error (rounding and
  // clipping) at 255 steps.
  Range shrunken_range() const;

  // Trims the ends separately, like PyTorch's HistogramObserver (used by arXiv:2108.06128). A step finds how far each
  // end would move to cut a further 10^-5 of all values, and moves the end with the larger distance. Stops when the
  // squared error rises.
  Range trimmed_range() const;

 private:
  static constexpr int kHalfBins = 2048;

  void double_limit();
  double squared_error(Range range) const;

  ErrorWeight weight_;
  std::array<double, 2 * kHalfBins> weights_{};
  double limit_ = 0;  // 0 = only zeros so far
  bool finite_ = true;
  double minimum_ = 0, maximum_ = 0;
};

}  // namespace stapes
