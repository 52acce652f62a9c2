// SPDX-License-Identifier: Apache-2.0
// resample.h: resamples in blocks with soxr's "high quality" setting.
#pragma once

#include <memory>
#include <span>
#include <vector>

namespace stapes {

// Both rates in Hz, at least 1. At equal rates samples pass through unchanged.
class Resampler {
 public:
  Resampler(int from_hz, int to_hz);  // throws Error if soxr rejects the pair
  ~Resampler();
  Resampler(const Resampler&) = delete;
  Resampler& operator=(const Resampler&) = delete;

  void process(std::span<const float> in, std::vector<float>& out);  // appends available output
  void finish(std::vector<float>& out);  // appends the rest; n input samples give n * to_hz / from_hz in all

 private:
  struct State;
  std::unique_ptr<State> state_;  // null if the rates are equal
};

}  // namespace stapes
