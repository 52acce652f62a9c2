// SPDX-License-Identifier: Apache-2.0
// listener.h: turns sound of any sample rate into detections. Memory use does not grow with time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "audio/resample.h"
#include "listen/host_detector.h"

namespace stapes {

struct TimedDetection {
  int class_index;
  float score;
  std::uint64_t end_sample;  // position in the source, at the model's rate
  double seconds;            // end_sample in seconds
};

// The last samples passed to the model.
class RecentSound {
 public:
  explicit RecentSound(std::size_t samples) : ring_(samples) {}
  void add(std::span<const std::int16_t> samples);
  void clear() { count_ = 0; }
  std::vector<std::int16_t> last() const;  // oldest first; shorter until the buffer is full

 private:
  std::vector<std::int16_t> ring_;
  std::size_t next_ = 0, count_ = 0;
};

// Resamples in fixed blocks, so detections do not depend on the sizes passed to add(). Rounds to 16-bit PCM, as on a
// device.
class Listener {
 public:
  using OnDetection = std::function<void(const TimedDetection&)>;
  enum class Recent { kForget, kKeep };
  // Borrows and resets the detector. With kKeep, recent() holds the sound up to the current detection.
  Listener(HostDetector& detector, int source_rate_hz, OnDetection on_detection, Recent recent = Recent::kForget);

  // Called after each window, while the detector still holds its scores.
  void on_window(std::function<void()> call) { on_window_ = std::move(call); }

  void add(std::span<const float> mono);
  void gap();     // sound is missing here; no window spans the gap
  void finish();  // processes the rest

  std::uint64_t samples() const { return samples_; }  // at the model's rate
  std::uint64_t windows() const { return windows_; }
  const RecentSound& recent() const { return recent_; }

  // Mean square and peak since the last call (full scale = 1).
  struct Level {
    double power = 0, peak = 0;
  };
  Level take_level();

 private:
  void push_resampled();

  HostDetector& detector_;
  int source_rate_hz_;
  OnDetection on_detection_;
  std::function<void()> on_window_ = [] {};
  std::unique_ptr<Resampler> resampler_;
  std::size_t block_samples_;  // source samples; constant
  std::vector<float> pending_, resampled_;
  std::vector<std::int16_t> pcm_;
  RecentSound recent_;
  std::uint64_t samples_ = 0, windows_ = 0;
  double energy_ = 0, peak_ = 0;
  std::uint64_t metered_ = 0;
};

}  // namespace stapes
