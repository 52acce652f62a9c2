// SPDX-License-Identifier: Apache-2.0
// live_source.h: a microphone that may overrun, disconnect and reconnect.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "listen/sound_source.h"

namespace stapes {

class Capture {
 public:
  virtual ~Capture() = default;
  virtual int sample_rate_hz() const = 0;
  virtual const std::string& name() const = 0;

  enum class Result { kRead, kOverrun, kLost };  // kOverrun: `mono` is filled, but earlier sound is lost
  // Waits until `mono` is filled. After kLost, error() says why.
  virtual Result read(std::span<float> mono) = 0;
  virtual const std::string& error() const = 0;
};

// Opens the device, at the start and after each disconnection. Throws Error if the device is missing.
using OpenCapture = std::function<std::unique_ptr<Capture>()>;

// Reports overruns (at most once per second), disconnections and reconnections, and continues. An overrun loses a few
// milliseconds, but is not reported as a gap, because a gap costs an entire window. Throws Error if the device
// reconnects with a different sample rate.
class LiveSource final : public SoundSource {
 public:
  using Clock = std::chrono::steady_clock;
  // `wait` sleeps; the sound ends when `stop` returns true.
  LiveSource(OpenCapture open, Notify notify, std::function<bool()> stop,
             std::function<void(std::chrono::milliseconds)> wait, std::function<Clock::time_point()> now = Clock::now);
  int sample_rate_hz() const override { return sample_rate_hz_; }
  Block next() override;

 private:
  bool reopen();  // false: stopped
  void count_overrun();

  OpenCapture open_;
  Notify notify_;
  std::function<bool()> stop_;
  std::function<void(std::chrono::milliseconds)> wait_;
  std::function<Clock::time_point()> now_;
  std::unique_ptr<Capture> capture_;
  int sample_rate_hz_ = 0;
  std::vector<float> block_;
  int overruns_ = 0;
  Clock::time_point last_report_{};
};

}  // namespace stapes
