// SPDX-License-Identifier: Apache-2.0
#include "data/training_samples.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "audio/a_weighting.h"
#include "audio/between_class.h"
#include "audio/mix_at_snr.h"
#include "audio/stretch.h"
#include "base/error.h"
#include "base/philox.h"

namespace stapes {
namespace {

struct Scratch {
  std::optional<AWeighting> loudness;
  std::vector<float> other;

  AWeighting& loudness_at(int sample_rate_hz) {
    if (!loudness || loudness->sample_rate_hz() != sample_rate_hz) loudness.emplace(sample_rate_hz);
    return *loudness;
  }
};

Scratch& thread_scratch() {
  static thread_local Scratch scratch;
  return scratch;
}

// Redraws until the classes differ, so all ordered pairs of clips of different classes are equally likely.
std::pair<std::size_t, std::size_t> draw_pair(const std::vector<ClipView>& clips, Philox& random) {
  const auto count = static_cast<std::uint32_t>(clips.size());
  for (;;) {
    const std::size_t a = random.below(count), b = random.below(count);
    if (clips[a].label != clips[b].label) return {a, b};
  }
}

// Stretches the clip at random and pads it with L/2 zeros on both sides.
WindowDraw draw_window(std::size_t clip, std::size_t clip_samples, const AugmentSpec& spec, Philox& random) {
  const double factor = std::pow(spec.max_stretch, random.uniform(-1.0, 1.0));
  const std::size_t window = static_cast<std::size_t>(spec.window_samples), pad = window / 2;
  const std::size_t padded = stretched_length(clip_samples, factor) + 2 * pad;
  const std::size_t starts = padded > window ? padded - window + 1 : 1;
  const std::size_t start = random.below(static_cast<std::uint32_t>(starts));
  return {clip, factor, static_cast<std::ptrdiff_t>(start) - static_cast<std::ptrdiff_t>(pad)};
}

std::optional<BackgroundDraw> draw_background(const BackgroundMix& mix, std::size_t window, Philox& random) {
  if (mix.empty() || random.uniform() >= mix.share) return std::nullopt;
  BackgroundDraw draw{};  // separate statements, since the order of draws must not change
  draw.clip = random.below(static_cast<std::uint32_t>(mix.clips.clips.size()));
  const std::size_t starts = mix.clips.clips[draw.clip].samples.size() - window + 1;
  draw.first = random.below(static_cast<std::uint32_t>(starts));
  draw.snr_db = random.uniform(mix.min_snr_db, mix.max_snr_db);
  return draw;
}

}  // namespace

TrainingSamples::TrainingSamples(ClipSet clips, AugmentSpec spec, std::uint64_t seed, BackgroundMix backgrounds)
    : SampleSource(std::move(clips)), spec_(spec), seed_(seed), backgrounds_(std::move(backgrounds)) {
  if (const InputKind kind = this->clips().kind(); kind != InputKind::kSound) {
    throw UsageError("this data set holds {}; expected sound to train on", plural_of(kind));
  }
  if (spec.window_samples < 1) throw UsageError("window of {} samples; expected at least 1", spec.window_samples);
  if (!(spec.max_stretch >= 1 && spec.max_stretch <= 16)) {
    throw UsageError("largest stretch of {} is out of range; expected 1 to 16", spec.max_stretch);
  }
  if (!(spec.max_gain_db >= 0 && spec.max_gain_db <= 60)) {
    throw UsageError("largest gain of {} dB is out of range; expected 0 to 60", spec.max_gain_db);
  }
  check_background_mix(backgrounds_, this->clips().sample_rate_hz, window_samples());
}

SampleDraw TrainingSamples::draw(std::uint32_t epoch, std::uint32_t sample) const {
  Philox random(seed_, Philox::Purpose::kAugment, epoch, sample);
  const auto [a, b] = draw_pair(clips().clips, random);
  SampleDraw draw{};  // separate statements, since the order of draws must not change
  draw.a = draw_window(a, clips().clips[a].samples.size(), spec_, random);
  draw.b = draw_window(b, clips().clips[b].samples.size(), spec_, random);
  draw.ratio = random.uniform();
  draw.gain = std::pow(10.0, random.uniform(-spec_.max_gain_db, spec_.max_gain_db) / 20.0);
  draw.background = draw_background(backgrounds_, window_samples(), random);
  return draw;
}

void TrainingSamples::fill_one(std::uint32_t epoch, std::uint32_t sample, std::span<float> wave,
                               std::span<float> target) const {
  Scratch& scratch = thread_scratch();
  AWeighting& loudness = scratch.loudness_at(clips().sample_rate_hz);
  scratch.other.resize(wave.size());

  const SampleDraw draw = this->draw(epoch, sample);
  const ClipView &a = clips().clips[draw.a.clip], &b = clips().clips[draw.b.clip];
  stretched_window(a.samples, draw.a.stretch, draw.a.first, wave);
  stretched_window(b.samples, draw.b.stretch, draw.b.first, scratch.other);
  const MixWeights weights = mix_weights(loudness.gain_db(wave), loudness.gain_db(scratch.other), draw.ratio);
  mix(wave, scratch.other, weights, static_cast<float>(draw.gain), wave);
  if (draw.background) {
    stretched_window(backgrounds_.clips.clips[draw.background->clip].samples, 1, draw.background->first, scratch.other);
    mix_at_snr(scratch.other, draw.background->snr_db, wave);
  }

  std::fill(target.begin(), target.end(), 0.0f);
  target[static_cast<std::size_t>(a.label)] = static_cast<float>(draw.ratio);
  target[static_cast<std::size_t>(b.label)] = static_cast<float>(1.0 - draw.ratio);
}

}  // namespace stapes
