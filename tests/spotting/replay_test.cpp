// SPDX-License-Identifier: Apache-2.0
#include "spotting/replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "listen/listened_model.h"
#include "listen/listener.h"

namespace stapes::test {
namespace {

using Found = std::vector<std::tuple<int, double>>;

class SoundInMemory final : public SoundSource {
 public:
  SoundInMemory(std::vector<float> samples, int sample_rate_hz) : samples_(std::move(samples)), rate_(sample_rate_hz) {}
  int sample_rate_hz() const override { return rate_; }
  Block next() override {
    const std::size_t count = std::min<std::size_t>(777, samples_.size() - at_);
    at_ += count;
    return {.samples = std::span(samples_).subspan(at_ - count, count), .end = count == 0};
  }

 private:
  std::vector<float> samples_;
  int rate_;
  std::size_t at_ = 0;
};

std::vector<float> swelling_noise(int samples) {
  std::vector<float> sound = noise(samples);
  for (std::size_t i = 0; i < sound.size(); ++i) sound[i] *= i / 3000 % 2 == 0 ? 1.0f : 0.05f;
  return sound;
}

// Together the settings use every rule.
std::vector<DetectorOptions> settings() {
  DetectorOptions plain, all;
  plain.average_ms = 30;
  plain.hysteresis = 0;
  all.average_ms = 60;
  all.suppress_ms = 40;
  all.minimum_windows = 4;
  all.hysteresis = 0.02;
  all.gate_power = 0.01;
  return {plain, all};
}

ScoreTrack scored(HostDetector& detector) {
  SoundInMemory source(swelling_noise(24000), 11025);
  return score_sound(detector, source, "noise");
}

// The median probability of the first class, as a threshold.
std::uint16_t middle_level(const ScoreTrack& track) {
  std::vector<std::uint8_t> probabilities;
  for (std::size_t w = 0; w < track.windows(); ++w) probabilities.push_back(track.probabilities[2 * w]);
  std::ranges::nth_element(probabilities, probabilities.begin() + static_cast<std::ptrdiff_t>(track.windows() / 2));
  return static_cast<std::uint16_t>(probabilities[track.windows() / 2] * 256);
}

TEST(Replay, GivesTheDetectionsOfTheListener) {
  for (DetectorOptions options : settings()) {
    HostDetector scoring(listened_model(), options);
    const ScoreTrack track = scored(scoring);
    EXPECT_GT(track.windows(), 300u);
    const int middle = middle_level(track);
    std::size_t most = 0;
    for (const int level : {0, middle - 1000, middle, middle + 700}) {
      options.thresholds = {{"", static_cast<float>(level) / 65536}};
      HostDetector detector(listened_model(), options);
      Found want, got;
      Listener listener(detector, 11025, [&](const TimedDetection& d) { want.emplace_back(d.class_index, d.seconds); });
      listener.add(swelling_noise(24000));
      listener.finish();
      const std::vector<std::uint16_t> thresholds(2, static_cast<std::uint16_t>(level));
      for (const ReplayedDetection& d : replay(track, scoring.rules(), thresholds)) {
        got.emplace_back(d.class_index, track.end_s(d.window));
      }
      EXPECT_EQ(got, want) << level;
      EXPECT_EQ(track.samples, listener.samples());
      most = std::max(most, got.size());
    }
    EXPECT_GT(most, 2u);
  }
}

TEST(Replay, EveryRuleMatters) {
  ScoreTrack track{.classes = 2};
  track.probabilities = TinyRandom(7).integers<std::uint8_t>(1000, 0, 255);
  track.loud = TinyRandom(8).integers<std::uint8_t>(500, 0, 1);
  std::fill_n(track.probabilities.begin(), 4, std::uint8_t{255});  // only minimum_windows delays the detection
  track.loud[0] = track.loud[1] = 1;
  const std::vector<std::uint16_t> thresholds = {36000, 35000};
  DetectorRules rules{};
  rules.average_windows = rules.minimum_windows = 3;
  rules.refractory_windows = 2;
  rules.gate_class = 1;
  rules.gate_threshold = 20000;
  rules.hysteresis = 9000;
  const auto all = replay(track, rules, thresholds);
  EXPECT_GT(all.size(), 10u);
  for (const auto change : {+[](DetectorRules&r, ScoreTrack&) { r.refractory_windows = 0; },
                            +[](DetectorRules&r, ScoreTrack&) { r.minimum_windows = 1; },
                            +[](DetectorRules&r, ScoreTrack&) { r.average_windows = 4; },
                            +[](DetectorRules&r, ScoreTrack&) { r.hysteresis = 0; },
                            +[](DetectorRules&r, ScoreTrack&) { r.gate_class = -1; },
                            +[](DetectorRules&, ScoreTrack&t) { t.loud.assign(t.loud.size(), 1); }}) {
    DetectorRules changed_rules = rules;
    ScoreTrack changed = track;
    change(changed_rules, changed);
    EXPECT_NE(replay(changed, changed_rules, thresholds), all);
  }
}

}  // namespace
}  // namespace stapes::test
