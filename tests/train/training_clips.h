// SPDX-License-Identifier: Apache-2.0
// training_clips.h: a data set that a small network learns in seconds: tones under noise, one pitch per class.
#pragma once

#include <cmath>
#include <filesystem>
#include <numbers>
#include <string>
#include <vector>

#include "base/philox.h"
#include "data/data_set_writer.h"

namespace stapes::test {

struct ToneLength {
  int sample_rate_hz = 8000;
  int samples = 2400;
};

inline std::vector<std::int16_t> noisy_tone(double pitch_hz, std::uint32_t number, const ToneLength& length = {}) {
  Philox rng(5, Philox::Purpose::kTest, 2, number);
  const double phase = rng.uniform(0, 2 * std::numbers::pi), bend = rng.uniform(0.95, 1.05);
  std::vector<std::int16_t> clip;
  for (int i = 0; i < length.samples; ++i) {
    const double tone = std::sin(2 * std::numbers::pi * pitch_hz * bend * i / length.sample_rate_hz + phase);
    clip.push_back(static_cast<std::int16_t>(8000 * tone + 2000 * rng.normal()));
  }
  return clip;
}

// 3 classes (300, 900, 2700 Hz) in 2 folds, `clips` clips in all.
inline std::string write_tones(const std::filesystem::path& path, int clips, const ToneLength& length = {}) {
  constexpr double kPitchesHz[] = {300, 900, 2700};
  DataSetWriter writer(path, Existing::kReplace);
  for (int i = 0; i < clips; ++i) {
    const std::string name = "tone" + std::to_string(i);
    writer.add({.name = name, .source = name, .label = i % 3, .fold = i / 3 % 2 + 1},
               noisy_tone(kPitchesHz[i % 3], static_cast<std::uint32_t>(i), length));
  }
  return writer.finish("folders", length.sample_rate_hz, {"low", "middle", "high"});
}

// White noise: `clips` clips of class `background`, each its own source, alternating between folds 1 and 2.
inline std::string write_backgrounds(const std::filesystem::path& path, int clips, const ToneLength& length = {}) {
  DataSetWriter writer(path, Existing::kReplace);
  for (int i = 0; i < clips; ++i) {
    Philox rng(6, Philox::Purpose::kTest, 3, static_cast<std::uint32_t>(i));
    std::vector<std::int16_t> noise;
    for (int k = 0; k < 2 * length.samples; ++k) noise.push_back(static_cast<std::int16_t>(1000 * rng.normal()));
    const std::string name = "background/noise" + std::to_string(i);
    writer.add({.name = name, .source = name, .label = 0, .fold = i % 2 + 1}, noise);
  }
  return writer.finish("folders", length.sample_rate_hz, {"background"});
}

}  // namespace stapes::test
