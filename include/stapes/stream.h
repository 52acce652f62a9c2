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

// Takes samples in blocks of any size and outputs one score per class every hop. The first scores come after
// window_samples() samples, the next ones every hop_samples() after that. They are bit-identical to the scores of
// Classifier::run() (or run_pcm()) on the last window_samples() samples.
//
// Overlapping windows share the columns of the front end, so each column is computed once, as soon as its samples have
// arrived. The layers after the front end pad at the window's edges and are computed for every window. To share
// columns, each window must begin at a column boundary, so the hop is a multiple of step_samples(): 10 ms in this
// project's networks (200 samples at 20 kHz).
//
// Borrows model and arena as a Classifier does. One StreamClassifier per stream; a PreparedModel may be shared.
class StreamClassifier {
 public:
  static constexpr std::size_t kArenaAlign = Classifier::kArenaAlign;

  // Bytes of working memory, the same for every hop: what a Classifier needs, plus the columns of a window and the
  // samples of the next column, which are kept between windows. 0 if load() would refuse the model.
  static std::size_t arena_bytes(std::span<const std::byte> blob) noexcept;
  static std::size_t arena_bytes(const PreparedModel& model) noexcept;

  // Samples from one column to the next; 0 if load() would refuse the model.
  static int step_samples(std::span<const std::byte> blob) noexcept;
  static int step_samples(const PreparedModel& model) noexcept;

  // The hop nearest to `wanted_samples` that load() accepts: a multiple of the model's step, at least one step. The
  // step must not be 0.
  static int nearest_hop_samples(int step_samples, int wanted_samples) noexcept;

  StreamClassifier() noexcept = default;
  StreamClassifier(const StreamClassifier&) = delete;
  StreamClassifier& operator=(const StreamClassifier&) = delete;

  // As Classifier::load(): in place with the scalar kernels, or with the fast kernels of a prepared model. A hop longer
  // than the window skips the samples in between.
  //   kBadHop         hop_samples is not a positive multiple of step_samples()
  //   kUnsupported    also: the model has no front end that can run column by column, because it does not begin with
  //                   unpadded convolutions along the wave (docs/explanation/runtime.md)
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
  // Precondition: load() returned kOk. Samples and scores are as in Classifier::run() and run_pcm(); both kinds may be
  // pushed to one stream. `scores` is written only if `scored`. A call that completes a window takes about as long as
  // Classifier::run() without the front end; other calls only compute the columns that their samples complete.
  Pushed push(std::span<const float> samples, std::span<float> scores) noexcept;
  Pushed push_pcm(std::span<const std::int16_t> samples, std::span<float> scores) noexcept;

  // Discards everything pushed so far, as after a gap in the recording: the next sample is the first of a window.
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
