// SPDX-License-Identifier: Apache-2.0
#include "listen/live_source.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/error.h"

namespace stapes {
namespace {

constexpr int kBlocksASecond = 50;
constexpr std::chrono::milliseconds kRetry{1000}, kBetweenReports{1000};

}  // namespace

LiveSource::LiveSource(OpenCapture open, Notify notify, std::function<bool()> stop,
                       std::function<void(std::chrono::milliseconds)> wait, std::function<Clock::time_point()> now)
    : open_(std::move(open)),
      notify_(std::move(notify)),
      stop_(std::move(stop)),
      wait_(std::move(wait)),
      now_(std::move(now)),
      capture_(open_()),
      sample_rate_hz_(capture_->sample_rate_hz()),
      block_(static_cast<std::size_t>(std::max(1, sample_rate_hz_ / kBlocksASecond))) {}

void LiveSource::count_overrun() {
  ++overruns_;
  const Clock::time_point now = now_();
  if (last_report_ != Clock::time_point{} && now - last_report_ < kBetweenReports) return;
  last_report_ = now;
  notify_(fmt::format("sound was lost: {} overrun{} on {} so far; this machine was briefly too slow", overruns_,
                      overruns_ == 1 ? "" : "s", capture_->name()));
}

bool LiveSource::reopen() {
  const std::string name = capture_->name();
  notify_(fmt::format("microphone disconnected: {}: {}; waiting for it to reconnect", name, capture_->error()));
  capture_.reset();  // close it before reopening
  while (!stop_()) {
    wait_(kRetry);
    try {
      capture_ = open_();
    } catch (const Error&) {
      continue;  // the disconnection has been reported
    }
    if (capture_->sample_rate_hz() != sample_rate_hz_) {
      throw Error("{} reconnected at {} Hz instead of {} Hz; start again", name, capture_->sample_rate_hz(),
                  sample_rate_hz_);
    }
    notify_(fmt::format("microphone reconnected: {}", capture_->name()));
    return true;
  }
  return false;
}

SoundSource::Block LiveSource::next() {
  bool gap = false;
  while (!stop_() && capture_ != nullptr) {
    const Capture::Result result = capture_->read(block_);
    if (result == Capture::Result::kLost) {
      gap = true;
      if (!reopen()) break;
      continue;
    }
    if (result == Capture::Result::kOverrun) count_overrun();
    for (float& sample : block_) {
      if (!(std::abs(sample) <= kLargestSample)) sample = 0;
    }
    return {.samples = block_, .gap = gap};
  }
  return {.end = true};
}

}  // namespace stapes
