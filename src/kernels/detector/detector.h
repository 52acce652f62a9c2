// SPDX-License-Identifier: Apache-2.0
// detector.h: detects classes from the scores of consecutive windows. Integers only, so every machine makes the same
// detections. Shared by the runtime and exported programs.
//
// mean[c] is the mean of the last `average_windows` probabilities of class c, or of all if there are fewer. A class is
// a candidate if mean[c] >= threshold[c] and, with hysteresis, if mean[c] has been below threshold[c] - hysteresis
// since the class was last detected. After each window, the candidate with the largest mean is detected; among equals,
// the first. There is no detection if
//   - the mean covers fewer than `minimum_windows`,
//   - one of the last `refractory_windows` windows had a detection,
//   - the mean of the gate class is below the gate's threshold, or
//   - the window is quieter than the gate's level (level_gate.h).
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace stapes {

constexpr int32_t kMaxAverageWindows = 255;  // sums fit in 16 bits
constexpr uint16_t kNeverDetected = 65535;   // as a threshold: above the largest mean, 255/256

struct DetectorRules {
  int32_t average_windows;     // 1 to kMaxAverageWindows
  int32_t minimum_windows;     // 1 to average_windows
  int32_t refractory_windows;  // at least 0
  int32_t gate_class;          // -1: none
  uint16_t gate_threshold;     // in 65536ths, like thresholds
  uint16_t hysteresis;         // 0: none; a class above its threshold is detected repeatedly
  uint32_t gate_power;         // minimum mean square of a window, in units of 2^-32 (full scale is 1); 0: no level gate
};

struct DetectorPosition {
  int32_t& filled;  // windows in the means
  int32_t& next;    // row of the history
  int32_t& quiet;   // remaining refractory windows
};

struct DetectorMemory {
  DetectorRules rules;
  int32_t classes;
  const uint16_t* thresholds;  // [classes], in 65536ths
  uint8_t* history;            // [average_windows][classes], probabilities in 256ths
  uint16_t* sums;              // [classes], over the `filled` rows of the history
  uint8_t* spent;              // [classes], 1: detected, and the mean has not fallen below threshold - hysteresis since
  DetectorPosition at;
};

static inline bool are_valid(const DetectorRules& r, int32_t classes, int32_t max_windows) {
  return r.average_windows >= 1 && r.average_windows <= max_windows && r.minimum_windows >= 1 &&
         r.minimum_windows <= r.average_windows && r.refractory_windows >= 0 && r.gate_class >= -1 &&
         r.gate_class < classes;
}

static inline void begin_detector(const DetectorMemory& m) {
  m.at.filled = m.at.next = m.at.quiet = 0;
  memset(m.sums, 0, static_cast<size_t>(m.classes) * sizeof *m.sums);
  memset(m.spent, 0, static_cast<size_t>(m.classes));
}

// The caller fills the row with the next window's probabilities and calls detect().
static inline uint8_t* next_history_row(const DetectorMemory& m) {
  uint8_t* const row = m.history + static_cast<size_t>(m.at.next) * static_cast<size_t>(m.classes);
  if (m.at.filled == m.rules.average_windows) {
    for (int32_t c = 0; c < m.classes; ++c) m.sums[c] = static_cast<uint16_t>(m.sums[c] - row[c]);
  } else {
    ++m.at.filled;
  }
  m.at.next = m.at.next + 1 == m.rules.average_windows ? 0 : m.at.next + 1;
  return row;
}

// mean[c] >= level, without a division.
static inline bool mean_reaches(const DetectorMemory& m, int32_t c, int32_t level) {
  return int32_t{m.sums[c]} * 256 >= level * m.at.filled;
}

// The mean in 65536ths. Precondition: at least one window.
static inline uint16_t mean_score(const DetectorMemory& m, int32_t c) {
  return static_cast<uint16_t>(uint32_t{m.sums[c]} * 256u / static_cast<uint32_t>(m.at.filled));
}

static inline void release_spent(const DetectorMemory& m) {
  for (int32_t c = 0; c < m.classes; ++c) {
    const int32_t level = int32_t{m.thresholds[c]} - m.rules.hysteresis;
    if (m.spent[c] != 0 && !mean_reaches(m, c, level > 1 ? level : 1)) m.spent[c] = 0;
  }
}

static inline int32_t best_class(const DetectorMemory& m) {
  int32_t best = -1;
  for (int32_t c = 0; c < m.classes; ++c) {
    if (m.spent[c] != 0 || !mean_reaches(m, c, m.thresholds[c])) continue;
    if (best < 0 || m.sums[c] > m.sums[best]) best = c;
  }
  return best;
}

static inline bool may_detect(const DetectorMemory& m) {
  const DetectorRules& r = m.rules;
  return m.at.filled >= r.minimum_windows && (r.gate_class < 0 || mean_reaches(m, r.gate_class, r.gate_threshold));
}

// Adds the filled row to the means. Returns the detected class, or -1. `loud`: the window reaches `gate_power`.
static inline int32_t detect(const DetectorMemory& m, const uint8_t* row, bool loud) {
  for (int32_t c = 0; c < m.classes; ++c) m.sums[c] = static_cast<uint16_t>(m.sums[c] + row[c]);
  release_spent(m);
  if (m.at.quiet > 0) {
    --m.at.quiet;
    return -1;
  }
  const int32_t found = loud && may_detect(m) ? best_class(m) : -1;
  if (found < 0) return -1;
  m.at.quiet = m.rules.refractory_windows;
  if (m.rules.hysteresis > 0) m.spent[found] = 1;
  return found;
}

}  // namespace stapes
