// SPDX-License-Identifier: Apache-2.0
// counting.h: counts hits, misses and false accepts by three rules (docs/guides/listening.md).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/names.h"
#include "spotting/replay.h"

namespace stapes {

struct WantedEvent {
  double start_s, end_s;
  int class_index;
};

struct ScoredRecording {
  ScoreTrack track;
  std::vector<WantedEvent> events;  // ordered by start
};

enum class CountingRule { kDetector, kMlperf, kMicroWakeWord };
template <>
inline constexpr auto kNames<CountingRule> = std::to_array<Named<CountingRule>>({
    {CountingRule::kDetector, "detector"},
    {CountingRule::kMlperf, "mlperf"},
    {CountingRule::kMicroWakeWord, "microwakeword"},
});

struct Tally {
  int events = 0, hits = 0, false_accepts = 0;
  double hours = 0;  // of sound over which false accepts are counted
  // Of hits: from the end of the event to the detection; may be negative.
  std::vector<double> latencies_s = {};

  void add(const Tally& other);
};

struct DetectionTime {
  double seconds;
  int class_index;
};

// The rule of this project. A detection hits an event of its class from the event's start until the next event of the
// class starts, but at most until `tolerance_s` after its end. Further detections in this time are ignored. All others
// are false accepts. Hours exclude these times.
Tally count_hits(std::span<const DetectionTime> detections, std::span<const WantedEvent> events, double seconds,
                 double tolerance_s);

// MLPerf Tiny, Streaming Wakeword (github mlcommons/tiny, benchmark/runner/streaming_ww_utils.py). `tolerance_s` is 1
// in the benchmark's rules and 2 in its runner. Differences from count_hits():
//   - An event can be hit after the next one starts.
//   - False accepts up to 1 s after a counted one of the same class are ignored.
//   - Hours count the entire sound.
Tally count_mlperf(std::span<const DetectionTime> detections, std::span<const WantedEvent> events, double seconds,
                   double tolerance_s);

// microWakeWord (github kahrendt/microWakeWord, microwakeword/test.py). Scores are means of 5 windows. A score above
// `threshold` (in 65536ths) is an accept. Each stretch between events is a track, in which all accepts are false. No
// score is accepted for 1.5 s after the start of a track and after each accept. An event is hit if a score from its
// start to `tolerance_s` after its end is above `threshold`. Hours: number of scores in all tracks times the hop.
// Counts only classes with `is_wanted`.
Tally count_micro_wake_word(const ScoredRecording& recording, int threshold, const std::vector<bool>& is_wanted,
                            double tolerance_s);

}  // namespace stapes
