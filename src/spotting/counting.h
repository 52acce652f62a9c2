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

// A sound that should be detected.
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
  // For hits: time from the end of the event to the detection; negative: before the end.
  std::vector<double> latencies_s = {};

  void add(const Tally& other);
};

struct DetectionTime {
  double seconds;
  int class_index;
};

// The rule of this project. A detection hits an event of its class from the start of the event until `tolerance_s`
// after its end, or until the next event of that class starts. Further detections in this time are ignored; all others
// are false accepts. Hours count only the sound outside these times.
Tally count_hits(std::span<const DetectionTime> detections, std::span<const WantedEvent> events, double seconds,
                 double tolerance_s);

// MLPerf Tiny, Streaming Wakeword (github mlcommons/tiny, benchmark/runner/streaming_ww_utils.py). Like count_hits(),
// but an event can be hit after the next one starts, false accepts up to 1 s after a counted one of the same class are
// ignored, and hours count the entire sound. `tolerance_s` is 1 in the benchmark's rules and 2 in its runner.
Tally count_mlperf(std::span<const DetectionTime> detections, std::span<const WantedEvent> events, double seconds,
                   double tolerance_s);

// microWakeWord (github kahrendt/microWakeWord, microwakeword/test.py). Scores are means of 5 windows; a score above
// `threshold` (in 65536ths) is an accept. Each stretch between events is a separate track, in which all accepts are
// false; no score is accepted for 1.5 s after the start of a track and after each accept. An event is hit if a score
// from its start until `tolerance_s` after its end is above the threshold. Hours: the number of scores in all tracks,
// times the hop. Only classes with `is_wanted` are counted.
Tally count_micro_wake_word(const ScoredRecording& recording, int threshold, const std::vector<bool>& is_wanted,
                            double tolerance_s);

}  // namespace stapes
