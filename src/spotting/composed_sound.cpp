// SPDX-License-Identifier: Apache-2.0
#include "spotting/composed_sound.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "audio/mix_at_snr.h"
#include "audio/pcm16.h"
#include "data/shuffled_index.h"

namespace stapes {
namespace {

constexpr std::size_t kComposedBlock = 4096;

}  // namespace

ClipDeal::ClipDeal(const ClipSet& clips, const CompositionOptions& options) : clips_(clips), seed_(options.seed) {}

const ClipView* ClipDeal::peek() const {
  if (left() == 0) return nullptr;
  const auto count = static_cast<std::uint32_t>(clips_.clips.size());
  return &clips_.clips[shuffled_index(static_cast<std::uint32_t>(dealt_), count, seed_, /*epoch=*/0)];
}

ComposedSound::ComposedSound(std::unique_ptr<SoundSource> background, ClipDeal& deal, int sample_rate_hz,
                             const CompositionOptions& options, std::uint32_t number)
    : background_(std::move(background)),
      deal_(deal),
      sample_rate_hz_(sample_rate_hz),
      options_(options),
      random_(options.seed, Philox::Purpose::kTest, /*epoch=*/0, number),
      resampler_(background_->sample_rate_hz(), sample_rate_hz) {
  draw_pause();
}

void ComposedSound::draw_pause() {
  pause_ = static_cast<std::uint64_t>(random_.uniform(0.5, 1.5) * options_.every_s * sample_rate_hz_);
}

bool ComposedSound::hold(std::size_t samples) {
  while (held_.size() < samples && !ended_) {
    const Block block = background_->next();
    if (block.end) {
      resampler_.finish(held_);
      ended_ = true;
    } else {
      resampler_.process(block.samples, held_);
    }
  }
  return held_.size() >= samples;
}

void ComposedSound::place(const ClipView& clip) {
  const std::span<float> under = std::span(held_).first(clip.samples.size());
  std::vector<float> sound;
  for (const std::int16_t sample : clip.samples) sound.push_back(static_cast<float>(sample) / kPcm16Scale);
  const double background = mean_square(under), power = mean_square(sound);
  const double snr_db = options_.snr_db[random_.below(static_cast<std::uint32_t>(options_.snr_db.size()))];
  const double gain = background > 0 && power > 0 ? std::sqrt(background * std::pow(10, snr_db / 10) / power) : 1;
  for (std::size_t i = 0; i < sound.size(); ++i) under[i] += static_cast<float>(gain * sound[i]);
  placed_.push_back({static_cast<double>(at_) / sample_rate_hz_,
                     static_cast<double>(at_ + sound.size()) / sample_rate_hz_, deal_.label(clip)});
}

SoundSource::Block ComposedSound::next() {
  if (pause_ == 0) {
    draw_pause();
    const ClipView* const clip = deal_.peek();
    if (clip != nullptr && hold(clip->samples.size())) {
      place(*clip);
      deal_.take();
      pause_ += clip->samples.size();
    }
  }
  const std::size_t wanted = std::min<std::uint64_t>(kComposedBlock, pause_);
  hold(wanted);
  const std::size_t count = std::min(wanted, held_.size());
  if (count == 0) return {.end = true};
  block_.assign(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(count));
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(count));
  at_ += count;
  pause_ -= count;
  return {.samples = block_};
}

}  // namespace stapes
