// SPDX-License-Identifier: Apache-2.0
// stream.h: classifies sound as it arrives, window by window. No heap, no exceptions, no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "stapes/classifier.h"

namespace stapes {

class Detector;
struct StreamWindow;

// Takes samples in blocks of any size. The first scores come after window_samples() samples, the next ones every
// hop_samples() after that. They are bit-identical to the scores of Classifier::run() (or run_pcm()) on the last
// window_samples() samples.
//
// Overlapping windows share the columns of the front end: each column is computed once, when its samples have arrived.
// The layers after the front end pad at the window's edges, so they run for every window. Windows begin at column
// boundaries, so the hop is a multiple of step_samples(), 10 ms in this project's networks.
//
// Borrows model and arena as a Classifier does. Use one StreamClassifier per stream; streams may share a PreparedModel.
class StreamClassifier {
 public:
  static constexpr std::size_t kArenaAlign = Classifier::kArenaAlign;

  // Bytes of working memory, the same for every hop. 0 if load() would refuse the model.
  static std::size_t arena_bytes(std::span<const std::byte> blob) noexcept;
  static std::size_t arena_bytes(const PreparedModel& model) noexcept;

  // Samples from one column to the next; 0 if load() would refuse the model.
  static int step_samples(std::span<const std::byte> blob) noexcept;
  static int step_samples(const PreparedModel& model) noexcept;

  // The allowed hop nearest to `wanted_samples`. `step_samples` must not be 0.
  static int nearest_hop_samples(int step_samples, int wanted_samples) noexcept;

  StreamClassifier() noexcept = default;
  StreamClassifier(const StreamClassifier&) = delete;
  StreamClassifier& operator=(const StreamClassifier&) = delete;

  // As Classifier::load(). If the hop exceeds the window, the samples in between are skipped.
  //   kBadHop         hop_samples is not a positive multiple of step_samples()
  //   kUnsupported    also: the model does not begin with unpadded convolutions along the wave, so it cannot run column
  //                   by column (docs/explanation/runtime.md)
  //   kArenaTooSmall  arena.size() < arena_bytes(), or arena not kArenaAlign-aligned
  // After an error the object is in its initial state.
  [[nodiscard]] Status load(std::span<const std::byte> blob, std::span<std::byte> arena, int hop_samples) noexcept;
  [[nodiscard]] Status load(const PreparedModel& model, std::span<std::byte> arena, int hop_samples) noexcept;

  struct Pushed {
    std::size_t taken;  // samples; push the rest again
    bool scored;        // a window is complete and its scores are written
  };

  // Takes samples up to the end of the current window at most. To push a block:
  //   while (!block.empty()) {
  //     const auto [taken, scored] = stream.push(block, scores);
  //     if (scored) ...
  //     block = block.subspan(taken);
  //   }
  // Precondition: load() returned kOk. Samples and scores: as in Classifier::run() and run_pcm(). A stream accepts a
  // mix of both kinds of samples. `scores` is written only if `scored`. Completing a window takes about as long as
  // Classifier::run() without the front end; other calls only compute the columns completed by their samples.
  Pushed push(std::span<const float> samples, std::span<float> scores) noexcept;
  Pushed push_pcm(std::span<const std::int16_t> samples, std::span<float> scores) noexcept;

  // Discards everything pushed so far, for example after a gap.
  void reset() noexcept;

  // 0 before load().
  int hop_samples() const noexcept { return hop_samples_; }
  int sample_rate_hz() const noexcept { return classifier_.sample_rate_hz(); }
  int window_samples() const noexcept { return classifier_.window_samples(); }
  int class_count() const noexcept { return classifier_.class_count(); }

  // Name of a class, 0 <= index < class_count(); borrowed from the model.
  std::string_view label(int index) const noexcept { return classifier_.label(index); }

 private:
  friend class Detector;

  struct Samples;

  Status start(ExecutionPlan& plan, std::span<std::byte> arena, int hop_samples) noexcept;
  Pushed push_samples(const Samples& samples, std::span<float> scores) noexcept;
  StreamWindow window() noexcept;

  Classifier classifier_;
  int hop_samples_ = 0;
  // The members of StreamPosition (src/kernels/loops/schedule/stream_window.h).
  std::int32_t samples_to_scores_ = 0;
  std::int32_t slice_filled_ = 0;
  std::int32_t columns_filled_ = 0;
};

}  // namespace stapes
