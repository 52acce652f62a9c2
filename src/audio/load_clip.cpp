// SPDX-License-Identifier: Apache-2.0
#include "audio/load_clip.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "audio/pcm16.h"
#include "audio/resample.h"
#include "base/error.h"

namespace stapes {
namespace {

constexpr std::size_t kPieceSamples = 1 << 16;

double loss_db(double before, double after) {
  constexpr double kMin = 1e-20;  // -200 dB, below any sample
  if (before <= kMin) return 0;
  return std::max(0.0, 10 * std::log10(before / std::max(after, kMin)));
}

class Trimmer {
 public:
  explicit Trimmer(const SampleSink& sink) : sink_(sink) {}

  void add(std::span<const std::int16_t> samples) {
    if (!begun_) {
      while (!samples.empty() && samples.front() == 0) samples = samples.subspan(1), ++zeros_;
      if (samples.empty()) return;
      begun_ = true;
      zeros_ = 0;
    }
    const auto inner = trimmed_behind(samples);
    if (!inner.empty()) {
      pass_zeros();
      sink_(inner);
    }
    zeros_ += samples.size() - inner.size();
  }

  // An all-zero clip was held back.
  void finish() {
    if (!begun_) pass_zeros();
  }

 private:
  static std::span<const std::int16_t> trimmed_behind(std::span<const std::int16_t> samples) {
    while (!samples.empty() && samples.back() == 0) samples = samples.first(samples.size() - 1);
    return samples;
  }

  void pass_zeros() {
    static constexpr std::array<std::int16_t, 4096> kZeros{};
    while (zeros_ > 0) {
      const std::size_t n = std::min(zeros_, kZeros.size());
      sink_(std::span(kZeros).first(n));
      zeros_ -= n;
    }
  }

  const SampleSink& sink_;
  bool begun_ = false;
  std::size_t zeros_ = 0;  // held back until another sample follows
};

}  // namespace

double ClipNotes::lost_in_mix_db() const { return loss_db(source.channel_power, source.mixed_power); }
double ClipNotes::lost_in_resampling_db() const { return loss_db(source.mixed_power, power); }

ClipNotes stream_clip(AudioReader& reader, const std::string& name, int sample_rate_hz, const SampleSink& sink) {
  Resampler resampler(reader.sample_rate_hz(), sample_rate_hz);
  Trimmer trimmer(sink);
  std::vector<float> block;
  std::vector<std::int16_t> pcm;
  // Input size for about kPieceSamples of output, even when resampling from 1 kHz to 1 MHz.
  const std::size_t piece =
      std::max<std::size_t>(16, kPieceSamples * static_cast<std::size_t>(reader.sample_rate_hz()) /
                                    static_cast<std::size_t>(std::max(sample_rate_hz, reader.sample_rate_hz())));
  double energy = 0;
  std::size_t decoded = 0, made = 0;
  const auto pass_on = [&] {
    for (const float sample : block) {
      energy += static_cast<double>(sample) * sample;
      pcm.push_back(to_pcm16(sample));
    }
    made += pcm.size();
    trimmer.add(pcm);
    block.clear();
    pcm.clear();
  };
  for (auto samples = reader.next(); !samples.empty(); samples = reader.next()) {
    decoded += samples.size();
    for (; !samples.empty(); samples = samples.subspan(std::min(samples.size(), piece))) {
      resampler.process(samples.first(std::min(samples.size(), piece)), block);
      pass_on();
    }
  }
  if (decoded == 0) throw Error("{} holds no samples", name);
  resampler.finish(block);
  pass_on();
  if (made == 0) {
    throw Error("{} is too short: its samples ({} at {} Hz) make less than one sample at {} Hz", name, decoded,
                reader.sample_rate_hz(), sample_rate_hz);
  }
  trimmer.finish();
  return {.warnings = reader.warnings(),
          .source_rate_hz = reader.sample_rate_hz(),
          .channels = reader.channels(),
          .source = reader.levels(),
          .power = energy / static_cast<double>(made)};
}

std::vector<std::int16_t> load_clip(AudioReader& reader, const std::string& name, int sample_rate_hz) {
  std::vector<std::int16_t> clip;
  stream_clip(reader, name, sample_rate_hz,
              [&](std::span<const std::int16_t> piece) { clip.insert(clip.end(), piece.begin(), piece.end()); });
  return clip;
}

LoadedClip load_clip_with_notes(const std::filesystem::path& path, int sample_rate_hz, Channel channel) {
  AudioReader reader(path, channel);
  LoadedClip clip;
  clip.notes = stream_clip(reader, path.string(), sample_rate_hz, [&](std::span<const std::int16_t> piece) {
    clip.samples.insert(clip.samples.end(), piece.begin(), piece.end());
  });
  return clip;
}

std::vector<std::int16_t> load_clip(const std::filesystem::path& path, int sample_rate_hz) {
  return load_clip_with_notes(path, sample_rate_hz).samples;
}

}  // namespace stapes
