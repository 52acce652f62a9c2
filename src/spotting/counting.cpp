// SPDX-License-Identifier: Apache-2.0
#include "spotting/counting.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace stapes {
namespace {

constexpr double kSecondsPerHour = 3600;
constexpr double kMlperfDebounceSeconds = 1;
constexpr std::size_t kSmoothedWindows = 5;
constexpr double kMutedSeconds = 1.5;  // 75 slices of 20 ms

struct Stretch {
  double start_s, end_s;
};

// Stretches in which no event can be hit.
std::vector<Stretch> between_events(std::span<const WantedEvent> events, double seconds, double tolerance_s) {
  std::vector<Stretch> stretches;
  double from = 0;
  for (const WantedEvent& event : events) {
    if (event.start_s > from) stretches.push_back({from, std::min(event.start_s, seconds)});
    from = std::max(from, event.end_s + tolerance_s);
  }
  if (from < seconds) stretches.push_back({from, seconds});
  return stretches;
}

// The latest time at which a detection hits the event.
using LastHit = std::function<double(std::size_t event)>;

// Returns the detections that hit no event. One that could hit two events counts for the first.
std::vector<DetectionTime> take_hits(std::span<const DetectionTime> detections, std::span<const WantedEvent> events,
                                     const LastHit& last_hit, Tally& tally) {
  std::vector<bool> hits(detections.size()), hit(events.size());
  for (std::size_t e = 0; e < events.size(); ++e) {
    const WantedEvent& event = events[e];
    const double last_s = last_hit(e);
    for (std::size_t d = 0; d < detections.size(); ++d) {
      const DetectionTime& detection = detections[d];
      if (detection.class_index != event.class_index || hits[d]) continue;
      if (detection.seconds < event.start_s || detection.seconds > last_s) continue;
      hits[d] = true;
      if (hit[e]) continue;
      hit[e] = true;
      tally.latencies_s.push_back(detection.seconds - event.end_s);
    }
  }
  tally.events += static_cast<int>(events.size());
  tally.hits += static_cast<int>(std::ranges::count(hit, true));
  std::vector<DetectionTime> others;
  for (std::size_t d = 0; d < detections.size(); ++d) {
    if (!hits[d]) others.push_back(detections[d]);
  }
  return others;
}

}  // namespace

void Tally::add(const Tally& other) {
  events += other.events;
  hits += other.hits;
  false_accepts += other.false_accepts;
  hours += other.hours;
  latencies_s.insert(latencies_s.end(), other.latencies_s.begin(), other.latencies_s.end());
}

Tally count_hits(std::span<const DetectionTime> detections, std::span<const WantedEvent> events, double seconds,
                 double tolerance_s) {
  Tally tally;
  const auto last_hit = [&](std::size_t e) {
    double last_s = events[e].end_s + tolerance_s;
    for (std::size_t next = e + 1; next < events.size(); ++next) {
      if (events[next].class_index == events[e].class_index) return std::min(last_s, events[next].start_s);
    }
    return last_s;
  };
  tally.false_accepts = static_cast<int>(take_hits(detections, events, last_hit, tally).size());
  for (const Stretch& stretch : between_events(events, seconds, tolerance_s)) {
    tally.hours += (stretch.end_s - stretch.start_s) / kSecondsPerHour;
  }
  return tally;
}

Tally count_mlperf(std::span<const DetectionTime> detections, std::span<const WantedEvent> events, double seconds,
                   double tolerance_s) {
  Tally tally{.hours = seconds / kSecondsPerHour};
  std::vector<DetectionTime> others = take_hits(
      detections, events, [&](std::size_t e) { return events[e].end_s + tolerance_s; }, tally);
  std::ranges::stable_sort(others, {}, &DetectionTime::class_index);
  const DetectionTime* counted = nullptr;
  for (const DetectionTime& other : others) {
    const bool same = counted != nullptr && counted->class_index == other.class_index;
    if (same && other.seconds <= counted->seconds + kMlperfDebounceSeconds) continue;
    counted = &other;
    ++tally.false_accepts;
  }
  return tally;
}

namespace {

// Sums of 5 successive probabilities of class `c`, [windows - 4].
std::vector<int> smoothed(const ScoreTrack& track, int c) {
  std::vector<int> sums;
  int sum = 0;
  const auto at = [&](std::size_t w) {
    return track.probabilities[w * static_cast<std::size_t>(track.classes) + static_cast<std::size_t>(c)];
  };
  for (std::size_t w = 0; w < track.windows(); ++w) {
    sum += at(w);
    if (w >= kSmoothedWindows) sum -= at(w - kSmoothedWindows);
    if (w + 1 >= kSmoothedWindows) sums.push_back(sum);
  }
  return sums;
}

struct Smoothed {
  const ScoreTrack& track;
  std::vector<int> sums;
  int threshold;

  bool is_accepted(std::size_t i) const {
    return std::int64_t{sums[i]} * 256 > std::int64_t{threshold} * static_cast<std::int64_t>(kSmoothedWindows);
  }
  double seconds(std::size_t i) const { return track.end_s(i + kSmoothedWindows - 1); }
};

// Returns the accepts in a stretch and adds the number of scores to `count`.
int accepts_in(const Smoothed& scores, const Stretch& stretch, std::size_t& count) {
  const int muted = std::max(1, static_cast<int>(std::lround(kMutedSeconds / scores.track.hop_s())));
  int accepts = 0, cooldown = muted;
  for (std::size_t i = 0; i < scores.sums.size(); ++i) {
    if (scores.seconds(i) <= stretch.start_s || scores.seconds(i) > stretch.end_s) continue;
    ++count;
    cooldown = std::max(cooldown - 1, 0);
    if (cooldown > 0 || !scores.is_accepted(i)) continue;
    ++accepts;
    cooldown = muted;
  }
  return accepts;
}

}  // namespace

Tally count_micro_wake_word(const ScoredRecording& recording, int threshold, const std::vector<bool>& is_wanted,
                            double tolerance_s) {
  const ScoreTrack& track = recording.track;
  Tally tally;
  const std::vector<Stretch> stretches = between_events(recording.events, track.seconds(), tolerance_s);
  for (int c = 0; c < track.classes; ++c) {
    if (!is_wanted[static_cast<std::size_t>(c)]) continue;
    const Smoothed scores{track, smoothed(track, c), threshold};
    std::size_t count = 0;
    for (const Stretch& stretch : stretches) tally.false_accepts += accepts_in(scores, stretch, count);
    tally.hours = static_cast<double>(count) * track.hop_s() / kSecondsPerHour;  // the same for each class
    for (const WantedEvent& event : recording.events) {
      if (event.class_index != c) continue;
      ++tally.events;
      for (std::size_t i = 0; i < scores.sums.size(); ++i) {
        if (scores.seconds(i) < event.start_s || !scores.is_accepted(i)) continue;
        if (scores.seconds(i) > event.end_s + tolerance_s) break;
        ++tally.hits;
        tally.latencies_s.push_back(scores.seconds(i) - event.end_s);
        break;
      }
    }
  }
  return tally;
}

}  // namespace stapes
