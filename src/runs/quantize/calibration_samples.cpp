// SPDX-License-Identifier: Apache-2.0
#include "runs/quantize/calibration_samples.h"

#include <algorithm>
#include <utility>

#include "audio/pcm16.h"
#include "data/shuffled_index.h"

namespace stapes {

CalibrationSamples::CalibrationSamples(const SampleSource& samples, std::uint64_t seed)
    : samples_(samples), seed_(seed), present_(samples.class_count()) {}

CalibrationWindows CalibrationSamples::windows(int first, int count, std::function<void(std::size_t)> used) {
  return [=, this](const std::function<void(std::span<const std::int16_t>)>& use) {
    for (int i = 0; i < count; ++i) {
      use(samples_.clips().image ? image(first + i) : sound(first + i));
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

std::span<const std::int16_t> CalibrationSamples::image(int number) {
  const std::vector<ClipView>& clips = samples_.clips().clips;
  const auto count = static_cast<std::uint32_t>(clips.size());
  const auto place = static_cast<std::uint32_t>(number) % count;
  const ClipView& clip = clips[shuffled_index(place, count, seed_, /*epoch=*/0)];
  present_[static_cast<std::size_t>(clip.label)] = true;
  return clip.samples;
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
