// SPDX-License-Identifier: Apache-2.0
// training_samples.h: between-class training samples, generated on demand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "data/background_mix.h"
#include "data/sample_source.h"

namespace stapes {

struct AugmentSpec {
  int window_samples;         // L
  double max_stretch = 1.25;  // each clip is stretched by max_stretch^u, u ~ U(-1, 1)
  double max_gain_db = 6;     // the mix is scaled by 10^(g/20), g ~ U(-max_gain_db, max_gain_db)
};

struct WindowDraw {
  std::size_t clip;      // index into ClipSet::clips
  double stretch;        // factor, > 1: longer
  std::ptrdiff_t first;  // first sample of the window in the stretched clip; negative: padding
};

struct SampleDraw {
  WindowDraw a, b;
  double ratio;  // share of a, [0, 1)
  double gain;   // factor on the mix
  std::optional<BackgroundDraw> background;
};

// Between-class samples (arXiv:1711.10282, arXiv:2103.03483). Two clips of different classes are stretched, padded with
// L/2 zeros on both sides and randomly cropped to L. They are mixed by loudness with ratio r ~ U(0, 1) and randomly
// scaled. Their targets are r and 1 - r. Some samples then get a random, unstretched window of a background
// (audio/mix_at_snr.h), which does not change the target. Backgrounds are drawn last, so the rest of a sample is the
// same without them.
class TrainingSamples : public SampleSource {
 public:
  // The DataSets of the clips and backgrounds must outlive this. Throws UsageError like check_background_mix(), and
  // unless the clips are sound of at least two classes and `spec` is in range.
  TrainingSamples(ClipSet clips, AugmentSpec spec, std::uint64_t seed, BackgroundMix backgrounds = {});

  const AugmentSpec& spec() const { return spec_; }
  const BackgroundMix& backgrounds() const { return backgrounds_; }
  std::size_t window_samples() const { return static_cast<std::size_t>(spec_.window_samples); }
  std::size_t values_per_sample() const override { return window_samples(); }

  SampleDraw draw(std::uint32_t epoch, std::uint32_t sample) const;

  // fill() writes
  //   values   [count][window_samples], full scale [-1, 1], which the gain may exceed
  //   targets  [count][class_count], the shares of the two classes

 private:
  void fill_one(std::uint32_t epoch, std::uint32_t sample, std::span<float> wave,
                std::span<float> target) const override;

  AugmentSpec spec_;
  std::uint64_t seed_;
  BackgroundMix backgrounds_;
};

}  // namespace stapes
