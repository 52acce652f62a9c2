// SPDX-License-Identifier: Apache-2.0
// detector.h: detects classes in sound while it comes in. No heap, no exceptions, no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "stapes/stream.h"

namespace stapes {

// After each window the probabilities of the last windows are averaged, and the class with the largest mean is detected
// if that reaches the class's threshold. docs/listening.md explains the rules.
struct DetectorSettings {
  int average_windows = 1;     // 1 to Detector::kMostWindows
  int minimum_windows = 1;     // no detection before so many are in the mean; 1 to average_windows
  int refractory_windows = 0;  // so many windows after a detection have none
  float hysteresis = 0;        // a class must fall so far below its threshold before it is detected again; 0: need not
  int gate_class = -1;         // detections need a mean of this class of at least gate_threshold; -1: no gate
  float gate_threshold = 0;
};

struct Detection {
  int class_index = -1;
  float score = 0;               // mean probability
  std::uint64_t end_sample = 0;  // samples pushed until the end of the window, since load() or reset()
};

// Samples in, in blocks of any size; detections out, the same for any blocks. Integer and binary models give the same
// detections on every machine, and in exported sources.
//
// Borrows model and arena as a Classifier does. One Detector per stream.
class Detector {
 public:
  static constexpr std::size_t kArenaAlign = Classifier::kArenaAlign;
  static constexpr int kMostWindows = 255;       // in a mean
  static constexpr float kNever = 2;             // as a threshold: the class is not detected
  static constexpr float kLevel = 1 / 65536.0f;  // levels and scores are rounded to multiples of it

  // What the arena is made for.
  struct Size {
    int hop_samples = 0;   // from one window to the next; 0: as the model says, or else about 100 ms
    int most_windows = 0;  // the longest mean that set() will be given; 0: that of the model at this hop
  };

  // 0 = load() refuses model or size.
  static std::size_t arena_bytes(std::span<const std::byte> blob, Size size) noexcept;
  static std::size_t arena_bytes(const PreparedModel& model, Size size) noexcept;

  Detector() noexcept = default;
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  // Begins with the settings and thresholds stored in the model, or with defaults. Errors as StreamClassifier::load();
  //   kUnsupported  also: the model takes no sound, or has more classes than the softmax of the packed form takes
  //   kBadSetting   a mean of more than kMostWindows windows
  [[nodiscard]] Status load(std::span<const std::byte> blob, std::span<std::byte> arena, Size size) noexcept;
  [[nodiscard]] Status load(const PreparedModel& model, std::span<std::byte> arena, Size size) noexcept;

  // Replaces the settings and forgets the means; kBadSetting, and nothing changes, for a value out of its range or a
  // mean longer than the arena was made for.
  [[nodiscard]] Status set(const DetectorSettings& settings) noexcept;
  DetectorSettings settings() const noexcept;

  // 0 to 1, or kNever. From the next window on. kBadSetting for other values, and classes that are none.
  [[nodiscard]] Status set_threshold(int class_index, float threshold) noexcept;
  float threshold(int class_index) const noexcept;

  struct Pushed {
    std::size_t taken;  // samples; push the rest again
    bool scored;        // a window is complete: score() and mean() are new
    bool detected;      // `detection` is written
  };

  // Takes samples up to the end of the current window at most, so there is at most one detection a call.
  // Precondition: load() returned kOk. Samples as in Classifier::run() and run_pcm().
  Pushed push(std::span<const float> samples, Detection& detection) noexcept;
  Pushed push_pcm(std::span<const std::int16_t> samples, Detection& detection) noexcept;

  // Forgets what was pushed, as after a gap in the recording.
  void reset() noexcept;

  // Of the last window, and the mean of the last windows; 0 before the first.
  float score(int class_index) const noexcept;
  float mean(int class_index) const noexcept;

  int hop_samples() const noexcept { return stream_.hop_samples(); }
  int sample_rate_hz() const noexcept { return stream_.sample_rate_hz(); }
  int window_samples() const noexcept { return stream_.window_samples(); }
  int class_count() const noexcept { return stream_.class_count(); }
  std::string_view label(int index) const noexcept { return stream_.label(index); }

 private:
  struct Block;  // src/runtime/detector.cpp

  template <class Model>
  Status load_from(const Model& model, const ExecutionPlan& plan, std::span<std::byte> arena, Size size,
                   std::size_t stream_bytes) noexcept;
  Pushed after_push(StreamClassifier::Pushed pushed, Detection& detection) noexcept;

  StreamClassifier stream_;
  Block* block_ = nullptr;  // in the arena, behind what the stream takes
  std::uint64_t samples_ = 0;
};

}  // namespace stapes
