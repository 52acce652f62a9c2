// SPDX-License-Identifier: Apache-2.0
// range_histogram.h: the distribution of a tensor's values on the calibration clips, and the 8-bit range with the
// smallest squared error for them. compress/range_observer.h names the rules built from these parts.
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
  // Relative to the energy of the values in the same add() (one window, or one column of the front end), with a floor
  // 60 dB below the loudest value. A network has to classify quiet clips as well as loud ones, but absolute errors come
  // from the loud clips.
  kRelative,
};

// A histogram of values over [-limit, limit] that doubles its limit when a value exceeds it: one pass, fixed memory.
// Zeros are left out, since every range holds 0 exactly.
class RangeHistogram {
 public:
  explicit RangeHistogram(ErrorWeight weight = ErrorWeight::kRelative) : weight_(weight) {}

  void add(std::span<const float> values);

  bool finite() const { return finite_; }  // no NaN and no infinity was added

  // Covers all values seen, and 0.
  Range full_range() const { return {minimum_, maximum_}; }

  // The full range scaled by whichever of 1.00, 0.99 .. 0.01 gives 255 steps the smallest expected squared error:
  // rounding inside the range plus clipping outside.
  Range shrunken_range() const;

  // Trims the ends separately. Each step finds how far each end would move to cut a further 10^-5 of all values, and
  // moves the end with the larger distance, as long as the squared error falls. The idea is from PyTorch's
  // HistogramObserver, which arXiv:2108.06128 used.
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
