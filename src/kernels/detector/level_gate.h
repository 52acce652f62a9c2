// SPDX-License-Identifier: Apache-2.0
// level_gate.h: the level of each window of a stream.
//
//   mean square = sum of pcm[i]^2 over the window / window_samples / 2^30     full scale = 1
//
// Each sample is squared once although windows overlap. A window's energy is `sum` at its end minus `sum` at its start,
// modulo 2^64. `starts` is a ring of `sum` at the start of each unfinished window.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace stapes {

struct LevelPosition {
  uint64_t& sum;
  int32_t& to_start;  // samples before the next window starts
  int32_t& next;      // index of the oldest entry of `starts`, replaced next
};

struct LevelMemory {
  int32_t window_samples, hop_samples;
  uint64_t* starts;  // [open_windows(window_samples, hop_samples)]
  LevelPosition at;
};

// The maximum number of windows that share a sample.
constexpr int32_t open_windows(int32_t window_samples, int32_t hop_samples) {
  return window_samples / hop_samples + (window_samples % hop_samples != 0 ? 1 : 0);
}

static inline void begin_levels(const LevelMemory& m) {
  m.at.sum = 0;
  m.at.to_start = m.at.next = 0;
}

// Adds samples, at most up to the end of the current window. pcm(i) returns sample i as int16_t.
template <class Pcm>
static inline void add_levels(const LevelMemory& m, size_t count, Pcm pcm) {
  for (size_t i = 0; i < count;) {
    if (m.at.to_start == 0) {
      m.starts[m.at.next] = m.at.sum;
      m.at.next = m.at.next + 1 == open_windows(m.window_samples, m.hop_samples) ? 0 : m.at.next + 1;
      m.at.to_start = m.hop_samples;
    }
    const size_t left = count - i;
    const size_t end = i + (left < static_cast<size_t>(m.at.to_start) ? left : static_cast<size_t>(m.at.to_start));
    m.at.to_start -= static_cast<int32_t>(end - i);
    uint64_t sum = m.at.sum;
    for (; i < end; ++i) {
      const int32_t sample = pcm(i);
      sum += static_cast<uint32_t>(sample * sample);
    }
    m.at.sum = sum;
  }
}

// Sum of squares of the window that ends here.
static inline uint64_t window_energy(const LevelMemory& m) { return m.at.sum - m.starts[m.at.next]; }

// Whether mean square >= power / 2^32. Neither side exceeds 2^63: windows have fewer than 2^31 samples.
static inline bool level_reaches(uint64_t energy, int32_t window_samples, uint32_t power) {
  return energy * 4 >= static_cast<uint64_t>(power) * static_cast<uint32_t>(window_samples);
}

}  // namespace stapes
