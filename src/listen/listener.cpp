// SPDX-License-Identifier: Apache-2.0
#include "listen/listener.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "audio/pcm16.h"

namespace stapes {
namespace {

constexpr int kListenerBlocksASecond = 100;

std::size_t recent_samples(const HostDetector& detector) {
  return static_cast<std::size_t>(detector.model().window_samples() + detector.average_samples());
}

}  // namespace

void RecentSound::add(std::span<const std::int16_t> samples) {
  if (samples.size() > ring_.size()) samples = samples.last(ring_.size());
  for (const std::int16_t sample : samples) {
    ring_[next_] = sample;
    next_ = next_ + 1 == ring_.size() ? 0 : next_ + 1;
  }
  count_ = std::min(ring_.size(), count_ + samples.size());
}

std::vector<std::int16_t> RecentSound::last() const {
  std::vector<std::int16_t> samples;
  if (count_ == 0) return samples;
  samples.reserve(count_);
  const std::size_t first = (next_ + ring_.size() - count_) % ring_.size();
  for (std::size_t i = 0; i < count_; ++i) samples.push_back(ring_[(first + i) % ring_.size()]);
  return samples;
}

Listener::Listener(HostDetector& detector, int source_rate_hz, OnDetection on_detection, Recent recent)
    : detector_(detector),
      source_rate_hz_(source_rate_hz),
      on_detection_(std::move(on_detection)),
      resampler_(std::make_unique<Resampler>(source_rate_hz, detector.sample_rate_hz())),
      block_samples_(static_cast<std::size_t>(std::max(16, source_rate_hz / kListenerBlocksASecond))),
      recent_(recent == Recent::kKeep ? recent_samples(detector) : 0) {
  detector_->reset();
}

void Listener::add(std::span<const float> mono) {
  while (!mono.empty()) {
    const std::size_t taken = std::min(mono.size(), block_samples_ - pending_.size());
    pending_.insert(pending_.end(), mono.begin(), mono.begin() + static_cast<std::ptrdiff_t>(taken));
    mono = mono.subspan(taken);
    if (pending_.size() < block_samples_) return;
    resampler_->process(pending_, resampled_);
    pending_.clear();
    push_resampled();
  }
}

void Listener::finish() {
  resampler_->process(pending_, resampled_);
  pending_.clear();
  resampler_->finish(resampled_);
  push_resampled();
}

void Listener::gap() {
  finish();
  resampler_ = std::make_unique<Resampler>(source_rate_hz_, detector_.sample_rate_hz());
  detector_->reset();
  recent_.clear();
}

void Listener::push_resampled() {
  pcm_.clear();
  for (const float sample : resampled_) {
    pcm_.push_back(to_pcm16(sample));
    energy_ += static_cast<double>(sample) * sample;
    peak_ = std::max(peak_, static_cast<double>(std::abs(sample)));
  }
  metered_ += resampled_.size();
  resampled_.clear();
  for (std::span<const std::int16_t> rest = pcm_; !rest.empty();) {
    Detection detection;
    const auto [taken, scored, detected] = detector_->push_pcm(rest, detection);
    recent_.add(rest.first(taken));
    rest = rest.subspan(taken);
    samples_ += taken;
    if (scored) ++windows_;
    if (!detected) continue;
    on_detection_(
        {detection.class_index, detection.score, samples_, static_cast<double>(samples_) / detector_.sample_rate_hz()});
  }
}

Listener::Level Listener::take_level() {
  const Level level{metered_ == 0 ? 0 : energy_ / static_cast<double>(metered_), peak_};
  energy_ = peak_ = 0;
  metered_ = 0;
  return level;
}

}  // namespace stapes
