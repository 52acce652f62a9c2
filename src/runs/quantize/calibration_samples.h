// SPDX-License-Identifier: Apache-2.0
// calibration_samples.h: numbered calibration samples of an int8 model. Sound: augmented training samples, as
// published. Images and features: the clips themselves, in the order of a training epoch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "compress/quantize.h"
#include "data/sample_source.h"

namespace stapes {

class CalibrationSamples {
 public:
  // `samples` must outlive this object. `seed` determines the order of images and features.
  CalibrationSamples(const SampleSource& samples, std::uint64_t seed);

  // Samples [first, first + count). Calls `used` after each with the number so far.
  CalibrationWindows windows(int first, int count, std::function<void(std::size_t)> used = {});
  // For features. Throws Error for a NaN or an infinity.
  FeatureWindows feature_windows(int first, int count, std::function<void(std::size_t)> used = {});

  // Classes without a sample so far: "dog, rain"; "": none.
  std::string missing_classes() const;

 private:
  const ClipView& clip(int number);
  std::span<const std::int16_t> sound(int number);

  const SampleSource& samples_;
  std::uint64_t seed_;
  std::vector<bool> present_;      // by class
  std::vector<std::int16_t> pcm_;  // the last requested sound
};

}  // namespace stapes
