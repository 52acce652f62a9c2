// SPDX-License-Identifier: Apache-2.0
// pcm16.h: 16-bit samples as in data sets and on devices.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

namespace stapes {

inline constexpr float kPcm16Scale = 32768.0f;  // int16 value = full-scale value * this

// Full scale [-1, 1) -> int16: nearest value, saturating. Finite input.
inline std::int16_t to_pcm16(float sample) {
  return static_cast<std::int16_t>(std::lrint(std::clamp(sample * kPcm16Scale, -32768.0f, 32767.0f)));
}

// `clip` without the exact zeros at both ends. Borrows.
inline std::span<const std::int16_t> trimmed(std::span<const std::int16_t> clip) {
  while (!clip.empty() && clip.front() == 0) clip = clip.subspan(1);
  while (!clip.empty() && clip.back() == 0) clip = clip.first(clip.size() - 1);
  return clip;
}

}  // namespace stapes
