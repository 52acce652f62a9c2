// SPDX-License-Identifier: Apache-2.0
// network_input.h: the input of a network: a window of sound, an image, or features.
#pragma once

#include <cstdint>
#include <variant>

#include "base/feature_size.h"
#include "base/image_size.h"
#include "base/names.h"
#include "packed/input_kind.h"

namespace stapes {

inline constexpr int kMaxWindowSamples = 1 << 20;  // the limit of packed models

struct AudioInput {
  int sample_rate_hz = 20000;
  int window_samples = 30225;
  bool operator==(const AudioInput&) const = default;
};

using NetworkInput = std::variant<AudioInput, ImageSize, FeatureSize>;

enum class GraphInput { kAudio, kImage, kFeatures };  // in the order of NetworkInput and of InputKind
template <>
inline constexpr auto kNames<GraphInput> = std::to_array<Named<GraphInput>>({{GraphInput::kAudio, "audio"},
                                                                             {GraphInput::kImage, "image"},
                                                                             {GraphInput::kFeatures, "features"}});

inline GraphInput kind_of(const NetworkInput& input) { return static_cast<GraphInput>(input.index()); }

inline const char* plural_of(GraphInput kind) {
  return kind == GraphInput::kAudio ? "audio" : kind == GraphInput::kImage ? "images" : "features";
}

inline InputKind input_kind(const NetworkInput& input) { return static_cast<InputKind>(input.index()); }

inline bool is_image(const NetworkInput& input) { return std::holds_alternative<ImageSize>(input); }

// 0 for images and features.
inline int sample_rate_hz(const NetworkInput& input) {
  const auto* audio = std::get_if<AudioInput>(&input);
  return audio != nullptr ? audio->sample_rate_hz : 0;
}

// The shape that layers read: sound is one row of one channel.
inline FeatureSize input_size(const NetworkInput& input) {
  if (const auto* audio = std::get_if<AudioInput>(&input)) return {1, audio->window_samples, 1};
  if (const auto* image = std::get_if<ImageSize>(&input)) return {image->height, image->width, image->channels};
  return std::get<FeatureSize>(input);
}

inline int input_values(const NetworkInput& input) { return static_cast<int>(input_size(input).values()); }

// The published window at 20 and 44.1 kHz, otherwise one second.
inline int usual_window_samples(int sample_rate_hz) {
  if (sample_rate_hz == 20000) return 30225;
  if (sample_rate_hz == 44100) return 66650;
  return sample_rate_hz;
}

// All 0 for sound and features.
inline ImageSize image_size(const NetworkInput& input) {
  const auto* image = std::get_if<ImageSize>(&input);
  return image != nullptr ? *image : ImageSize{};
}

// All 0 for sound and images.
inline FeatureSize feature_size(const NetworkInput& input) {
  const auto* features = std::get_if<FeatureSize>(&input);
  return features != nullptr ? *features : FeatureSize{};
}

}  // namespace stapes
