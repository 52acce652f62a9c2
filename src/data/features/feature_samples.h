// SPDX-License-Identifier: Apache-2.0
// feature_samples.h: training samples of features, without augmentation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "data/sample_source.h"

namespace stapes {

// Each epoch has a new random order; sample i is clip order[i % clips].
class FeatureSamples : public SampleSource {
 public:
  // The clips' DataSet must outlive this. Throws UsageError unless the clips are features of at least two classes.
  FeatureSamples(ClipSet clips, std::uint64_t seed);

  const FeatureSize& size() const { return *clips().features; }
  std::size_t values_per_sample() const override { return static_cast<std::size_t>(size().values()); }

  // fill() writes
  //   values   [count][channels][height][width]
  //   targets  [count][class_count], 1 at the clip's class and 0 elsewhere

 private:
  void fill_one(std::uint32_t epoch, std::uint32_t sample, std::span<float> planes,
                std::span<float> target) const override;

  std::uint64_t seed_;
};

}  // namespace stapes
