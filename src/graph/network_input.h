// SPDX-License-Identifier: Apache-2.0
// network_input.h: the input of a network, a window of sound or an image.
#pragma once

#include <variant>

#include "base/image_size.h"

namespace stapes {

inline constexpr int kMaxWindowSamples = 1 << 20;  // what a packed model can hold

struct AudioInput {
  int sample_rate_hz = 20000;
  int window_samples = 30225;
  bool operator==(const AudioInput&) const = default;
};

using NetworkInput = std::variant<AudioInput, ImageSize>;

inline bool is_image(const NetworkInput& input) { return std::holds_alternative<ImageSize>(input); }

// 0 for images, which is how packed models and data sets tell them from sound.
inline int sample_rate_hz(const NetworkInput& input) {
  const auto* audio = std::get_if<AudioInput>(&input);
  return audio != nullptr ? audio->sample_rate_hz : 0;
}

// Samples of a window, or values of an image.
inline int input_values(const NetworkInput& input) {
  const auto* audio = std::get_if<AudioInput>(&input);
  return audio != nullptr ? audio->window_samples : std::get<ImageSize>(input).values();
}

// The published window at 20 and 44.1 kHz, else one second.
inline int usual_window_samples(int sample_rate_hz) {
  if (sample_rate_hz == 20000) return 30225;
  if (sample_rate_hz == 44100) return 66650;
  return sample_rate_hz;
}

// All 0 for sound.
inline ImageSize image_size(const NetworkInput& input) {
  const auto* image = std::get_if<ImageSize>(&input);
  return image != nullptr ? *image : ImageSize{};
}

}  // namespace stapes
