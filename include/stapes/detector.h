// SPDX-License-Identifier: Apache-2.0
// detector.h: detects classes in sound as it arrives. No heap, no exceptions, no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "stapes/stream.h"

namespace stapes {

// After each window, the detector averages the probabilities of the last windows. It detects the class with the largest
// mean among those that reach their threshold (docs/guides/listening.md).
struct DetectorSettings {
  int average_windows = 1;     // 1 to Detector::kMaxWindows
  int minimum_windows = 1;     // no detection before the mean covers this many; 1 to average_windows
  int refractory_windows = 0;  // no detection in this many windows after a detection
  float hysteresis = 0;        // a class must fall this far below its threshold to be detected again; 0: none
  int gate_class = -1;         // no detection while the mean of this class is below gate_threshold; -1: no gate
  float gate_threshold = 0;
  double gate_power = 0;  // no detection below this mean square (full scale 1): 10^(dBFS / 10); 0: no gate
};

struct Detection {
  int class_index = -1;
  float score = 0;               // mean probability
  std::uint64_t end_sample = 0;  // end of the window: samples pushed since load() or reset()
};

// The size of the pushed blocks does not affect the detections. Integer and binary models give the same detections on
// every machine and in exported sources.
//
// Borrows the model and the arena as a Classifier does. One Detector per stream.
class Detector {
 public:
  static constexpr std::size_t kArenaAlign = Classifier::kArenaAlign;
  static constexpr int kMaxWindows = 255;        // in a mean
  static constexpr float kNever = 2;             // as a threshold: the class is not detected
  static constexpr float kLevel = 1 / 65536.0f;  // levels and scores are rounded to multiples of this

  // Determines the arena size together with the model.
  struct Size {
    int hop_samples = 0;  // from one window to the next; 0: the model's, or about 100 ms if it stores none
    int max_windows = 0;  // upper limit of average_windows; 0: the length of the model's mean at this hop
  };

  // 0 if load() would refuse the model or the size.
  static std::size_t arena_bytes(std::span<const std::byte> blob, Size size) noexcept;
  static std::size_t arena_bytes(const PreparedModel& model, Size size) noexcept;

  Detector() noexcept = default;
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  // Starts with the settings and thresholds stored in the model, or with defaults. Errors as for
  // StreamClassifier::load(), and:
  //   kUnsupported  the model does not take sound, or has more classes than the detector's softmax supports
  //   kBadSetting   the model's mean exceeds max_windows, or one of the two exceeds kMaxWindows
  [[nodiscard]] Status load(std::span<const std::byte> blob, std::span<std::byte> arena, Size size) noexcept;
  [[nodiscard]] Status load(const PreparedModel& model, std::span<std::byte> arena, Size size) noexcept;

  // Replaces the settings and clears the means. Returns kBadSetting and changes nothing if a value is out of range or
  // average_windows exceeds the max_windows of load().
  [[nodiscard]] Status set(const DetectorSettings& settings) noexcept;
  DetectorSettings settings() const noexcept;

  // 0 to 1, or kNever; takes effect with the next window. kBadSetting for other values and for an unknown class.
  [[nodiscard]] Status set_threshold(int class_index, float threshold) noexcept;
  float threshold(int class_index) const noexcept;

  struct Pushed {
    std::size_t taken;  // samples; push the rest again
    bool scored;        // a window was completed; score() and mean() return new values
    bool detected;      // `detection` is written
  };

  // Takes samples up to the end of the current window at most, so a call returns at most one detection.
  // Precondition: load() returned kOk. Samples: as in Classifier::run() and run_pcm().
  Pushed push(std::span<const float> samples, Detection& detection) noexcept;
  Pushed push_pcm(std::span<const std::int16_t> samples, Detection& detection) noexcept;

  // Whether the last window reached gate_power; false before the first.
  bool is_loud() const noexcept;

  // Discards everything pushed so far, for example after a gap.
  void reset() noexcept;

  // Probability of a class in the last window, and its mean over the last windows. Both are 0 before the first window.
  // 0 <= class_index < class_count().
  float score(int class_index) const noexcept;
  float mean(int class_index) const noexcept;

  int hop_samples() const noexcept { return stream_.hop_samples(); }
  int sample_rate_hz() const noexcept { return stream_.sample_rate_hz(); }
  int window_samples() const noexcept { return stream_.window_samples(); }
  int class_count() const noexcept { return stream_.class_count(); }
  std::string_view label(int index) const noexcept { return stream_.label(index); }

 private:
  struct Block;  // src/runtime/detector.cpp

  static std::size_t arena_of(ExecutionPlan& plan, Size size) noexcept;
  Status start(ExecutionPlan& plan, std::span<std::byte> arena, Size size) noexcept;
  Pushed after_push(StreamClassifier::Pushed pushed, Detection& detection) noexcept;

  StreamClassifier stream_;
  Block* block_ = nullptr;  // in the arena, after the stream's part
  std::uint64_t samples_ = 0;
};

}  // namespace stapes
