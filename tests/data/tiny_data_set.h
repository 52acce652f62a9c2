// SPDX-License-Identifier: Apache-2.0
// tiny_data_set.h: a data set written clip by clip, without audio files.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/philox.h"
#include "data/data_set.h"
#include "data/data_set_writer.h"
#include "data/features/feature_values.h"

namespace stapes::test {

inline std::vector<std::int16_t> noise_clip(std::uint32_t number, std::size_t samples) {
  Philox random(11, Philox::Purpose::kTest, 1, number);
  std::vector<std::int16_t> clip(samples);
  for (auto& x : clip) x = static_cast<std::int16_t>(random.below(20001) - 10000u);
  return clip;
}

// Clip i has label i % labels, fold i / labels % folds + 1, source "s<i>", name "clip<i>" and 100 + 37 i samples.
struct TinyShape {
  int clips = 12, labels = 3, folds = 2, sample_rate_hz = 16000;
  std::string format = "folders";
};

inline std::string write_tiny_data_set(const std::filesystem::path& path, const TinyShape& shape = {}) {
  DataSetWriter writer(path, Existing::kReplace);
  std::vector<std::string> labels;
  for (int i = 0; i < shape.labels; ++i) labels.push_back(fmt::format("label{}", i));
  for (int i = 0; i < shape.clips; ++i) {
    const std::string number = std::to_string(i);
    writer.add({.name = "clip" + number,
                .source = "s" + number,
                .label = i % shape.labels,
                .fold = i / shape.labels % shape.folds + 1},
               noise_clip(static_cast<std::uint32_t>(i), 100 + 37 * static_cast<std::size_t>(i)));
  }
  return writer.finish(shape.format, shape.sample_rate_hz, labels);
}

// Image i is noise, each sample a multiple of 256. Its source is its name.
struct TinyImages {
  int clips = 12, labels = 3, folds = 2;
  ImageSize image = {32, 32, 3};
  std::string format = "images";
};

inline std::vector<std::int16_t> noise_image(std::uint32_t number, const ImageSize& image) {
  Philox random(12, Philox::Purpose::kTest, 2, number);
  std::vector<std::int16_t> pixels(static_cast<std::size_t>(image.values()));
  for (auto& x : pixels) x = pixel_sample(static_cast<std::uint8_t>(random.below(256)));
  return pixels;
}

inline std::string write_tiny_images(const std::filesystem::path& path, const TinyImages& shape = {}) {
  DataSetWriter writer(path, Existing::kReplace);
  std::vector<std::string> labels;
  for (int i = 0; i < shape.labels; ++i) labels.push_back(fmt::format("label{}", i));
  for (int i = 0; i < shape.clips; ++i) {
    const std::string name = fmt::format("image{}", i);
    writer.add({.name = name, .source = name, .label = i % shape.labels, .fold = i / shape.labels % shape.folds + 1},
               noise_image(static_cast<std::uint32_t>(i), shape.image));
  }
  return writer.finish(shape.format, 0, labels, shape.image);
}

// Clip i is noise plus its label. Its source is its name.
struct TinyFeatures {
  int clips = 12, labels = 3, folds = 2;
  FeatureSize size = {6, 5, 1};
  std::string format = "features";
};

inline std::vector<float> noise_features(std::uint32_t number, const FeatureSize& size, float mean) {
  Philox random(13, Philox::Purpose::kTest, 3, number);
  std::vector<float> values(static_cast<std::size_t>(size.values()));
  for (float& x : values) x = mean + static_cast<float>(random.normal());
  return values;
}

inline std::string write_tiny_features(const std::filesystem::path& path, const TinyFeatures& shape = {}) {
  DataSetWriter writer(path, Existing::kReplace);
  std::vector<std::string> labels;
  for (int i = 0; i < shape.labels; ++i) labels.push_back(fmt::format("label{}", i));
  for (int i = 0; i < shape.clips; ++i) {
    const std::string name = fmt::format("features{}", i);
    const int label = i % shape.labels;
    writer.add({.name = name, .source = name, .label = label, .fold = i / shape.labels % shape.folds + 1},
               halves_of(noise_features(static_cast<std::uint32_t>(i), shape.size, static_cast<float>(label))));
  }
  return writer.finish(shape.format, 0, labels, {}, shape.size);
}

}  // namespace stapes::test
