// SPDX-License-Identifier: Apache-2.0
#include "runs/quantize/calibration_samples.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "audio/pcm16.h"
#include "base/error.h"
#include "data/shuffled_index.h"

namespace stapes {

CalibrationSamples::CalibrationSamples(const SampleSource& samples, std::uint64_t seed)
    : samples_(samples), seed_(seed), present_(samples.class_count()) {}

CalibrationWindows CalibrationSamples::windows(int first, int count, std::function<void(std::size_t)> used) {
  return [=, this](const std::function<void(std::span<const std::int16_t>)>& use) {
    for (int i = 0; i < count; ++i) {
      use(samples_.clips().image ? clip(first + i).samples : sound(first + i));
      if (used) used(static_cast<std::size_t>(i) + 1);
    }
  };
}

FeatureWindows CalibrationSamples::feature_windows(int first, int count, std::function<void(std::size_t)> used) {
  return [=, this](const std::function<void(std::span<const float>)>& use) {
    for (int i = 0; i < count; ++i) {
      const ClipView& clip = this->clip(first + i);
      if (!std::ranges::all_of(clip.features, [](float value) { return std::isfinite(value); })) {
        throw Error("clip {} contains a NaN or an infinity; import the data again", clip.name);
      }
      use(clip.features);
      if (used) used(static_cast<std::size_t>(i) + 1);
    }
  };
}

std::string CalibrationSamples::missing_classes() const {
  std::string names;
  for (std::size_t c = 0; c < present_.size(); ++c) {
    if (!present_[c]) names += (names.empty() ? "" : ", ") + samples_.clips().labels[c];
  }
  return names;
}

const ClipView& CalibrationSamples::clip(int number) {
  const std::vector<ClipView>& clips = samples_.clips().clips;
  const auto count = static_cast<std::uint32_t>(clips.size());
  const auto place = static_cast<std::uint32_t>(number) % count;
  const ClipView& clip = clips[shuffled_index(place, count, seed_, /*epoch=*/0)];
  present_[static_cast<std::size_t>(clip.label)] = true;
  return clip;
}

std::span<const std::int16_t> CalibrationSamples::sound(int number) {
  std::vector<float> wave(samples_.values_per_sample()), target(samples_.class_count());
  samples_.fill(0, static_cast<std::size_t>(number), 1, wave, target, 1);
  for (std::size_t c = 0; c < target.size(); ++c) present_[c] = present_[c] || target[c] > 0;
  pcm_.resize(wave.size());
  std::transform(wave.begin(), wave.end(), pcm_.begin(), to_pcm16);
  return pcm_;
}

}  // namespace stapes
