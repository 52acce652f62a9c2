// range_histogram.h: what values a layer takes on the calibration clips, and the 8-bit range that fits them best.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace stapes {

// A histogram of values over [-limit, limit] whose limit doubles when a larger value comes: one pass, fixed memory.
//
// Sound is loud and quiet: one range must serve both, and a network hears a quiet clip as well as a loud one. So errors
// count relative to the energy of the values they came with (one add() = one window, or one column of the front end);
// what is 60 dB below the loudest counts no more than that. Absolute errors, the usual measure, let loud clips decide:
// scores came out 13 to 18 dB above their quantization error instead of 19 to 21 (docs/results.md).
class RangeHistogram {
 public:
  void add(std::span<const float> values);

  bool finite() const { return finite_; }      // no NaN and no infinity was added
  double minimum() const { return minimum_; }  // 0 when nothing was added; always includes 0
  double maximum() const { return maximum_; }

  struct Range {
    double low = 0, high = 0;
  };
  // The range [low, high] around 0, inside [minimum, maximum], whose 255 steps give the smallest expected squared
  // relative error: rounding inside, clipping outside. Searched over shrunken copies of the full range.
  Range best_range() const;

 private:
  static constexpr int kHalfBins = 2048;

  void double_limit();
  double squared_error(Range range) const;

  std::array<double, 2 * kHalfBins> weights_{};
  double limit_ = 0;  // 0 = nothing but zeros so far
  bool finite_ = true;
  double minimum_ = 0, maximum_ = 0;
};

}  // namespace stapes
