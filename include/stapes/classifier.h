// SPDX-License-Identifier: Apache-2.0
// classifier.h: runs a packed model on raw audio. No heap, no exceptions, no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "stapes/status.h"

namespace stapes {

struct ExecutionPlan;
class LayerObserver;
class PreparedModel;

// Scores one window of audio per call. Borrows `blob` and `arena`, which must outlive the Classifier. `blob` must stay
// unchanged: weights are read in place. Use one Classifier per thread; threads may share blobs.
class Classifier {
 public:
  static constexpr std::size_t kArenaAlign = 64;  // bytes: one AVX-512 register

  // Bytes of working memory that `blob` needs; 0 if it is unreadable (load() gives the reason).
  static std::size_t arena_bytes(std::span<const std::byte> blob) noexcept;

  Classifier() noexcept;
  Classifier(const Classifier&) = delete;
  Classifier& operator=(const Classifier&) = delete;

  // Validates the whole model; run() checks nothing. Reads the weights in place with the scalar kernels, as on a
  // microcontroller. `blob` must be aligned to 64 bytes.
  //   kNotAModel, kTooNew, kTooOld, kCorrupt: see status.h
  //   kUnsupported    an operator, dtype or size this build cannot run, or blob not aligned
  //   kArenaTooSmall  arena.size() < arena_bytes(blob), or arena not kArenaAlign-aligned
  // After an error the object is in its initial state.
  [[nodiscard]] Status load(std::span<const std::byte> blob, std::span<std::byte> arena) noexcept;

  // The same with the fast kernels of a loaded `model`, which must outlive this object.
  //   kNotAModel      the model is not loaded
  //   kArenaTooSmall  arena.size() < model.arena_bytes(), or arena not kArenaAlign-aligned
  [[nodiscard]] Status load(const PreparedModel& model, std::span<std::byte> arena) noexcept;

  // Scores one window. Precondition: load() returned kOk (asserted in debug builds only).
  //   wave    [window_samples()] mono, oldest first, full scale [-1, 1], at sample_rate_hz()
  //   scores  [class_count()] logits, or probabilities if the model ends in softmax or logistic. The largest score
  //           wins; among equals, the first.
  // Integer and binary models first convert `wave` to 16-bit PCM: times 32768, rounded half away from zero, saturated;
  // NaN becomes 0. After that, results are bit-identical on every instruction set. Float models, and all models that
  // take features, expect finite values: a NaN may reach the scores or vanish, in a max-pool for example.
  void run(std::span<const float> wave, std::span<float> scores) noexcept;

  // The same for 16-bit PCM. Integer and binary models use it as is; fp32 models use sample / 32768.
  void run_pcm(std::span<const std::int16_t> wave, std::span<float> scores) noexcept;

  // Scores one input of a model that takes features instead of sound (docs/reference/format.md).
  //   features  [window_samples()] int8 values of the input tensor, row by row, channels innermost; converted to float
  //             if the tensor is kF32
  // For such models, run() takes real values of any magnitude, and run_pcm() uses the upper byte of each sample.
  void run_features(std::span<const std::int8_t> features, std::span<float> scores) noexcept;

  // 0 before load().
  int sample_rate_hz() const noexcept;
  int window_samples() const noexcept;
  int class_count() const noexcept;

  // Name of a class, 0 <= index < class_count(); borrowed from the model.
  std::string_view label(int index) const noexcept;

 private:
  friend class Detector;
  friend class StreamClassifier;
  friend void run_observed(Classifier& classifier, std::span<const float> wave, std::span<float> scores,
                           LayerObserver& observer) noexcept;
  friend void run_observed(Classifier& classifier, std::span<const std::int16_t> wave, std::span<float> scores,
                           LayerObserver& observer) noexcept;
  friend void run_observed(Classifier& classifier, std::span<const std::int8_t> features, std::span<float> scores,
                           LayerObserver& observer) noexcept;

  static constexpr std::size_t kPlanBytes = 1664;  // at least sizeof(ExecutionPlan); a static_assert checks it

  Status start(const ExecutionPlan& made, std::span<std::byte> arena) noexcept;
  ExecutionPlan& plan() noexcept;
  const ExecutionPlan& plan() const noexcept;

  alignas(16) std::byte plan_[kPlanBytes];
};

}  // namespace stapes
