// SPDX-License-Identifier: Apache-2.0
// prepared_model.h: a model with the fastest kernels of this processor. No heap, no exceptions, no I/O.
#pragma once

#include <cstddef>
#include <span>

#include "stapes/isa.h"
#include "stapes/status.h"

namespace stapes {

struct ExecutionPlan;

// The kernel chosen for each layer, and the weights in the order that kernel expects. Read-only once loaded: any number
// of Classifiers may run it at the same time, in any threads.
//
// Borrows `blob` and `memory`: both must stay unchanged and outlive the PreparedModel and its Classifiers. Small
// devices do not need a PreparedModel: Classifier::load() with a blob reads the weights in place.
class PreparedModel {
 public:
  static constexpr std::size_t kAlign = 64;  // bytes, of `memory`

  PreparedModel() noexcept;
  PreparedModel(const PreparedModel&) = delete;
  PreparedModel& operator=(const PreparedModel&) = delete;

  // Bytes of `memory` that load() needs: about the size of the weights. 0 if no kernel rearranges weights or the blob
  // is unreadable. `isa`: use only this instruction set and those it requires.
  static std::size_t memory_bytes(std::span<const std::byte> blob) noexcept;
  static std::size_t memory_bytes(std::span<const std::byte> blob, Isa isa) noexcept;

  // Errors as for Classifier::load(). kArenaTooSmall: `memory` is too small or misaligned. If the processor lacks
  // `isa`, load() falls back to those of its required sets that the processor has. After an error the object is in its
  // initial state.
  [[nodiscard]] Status load(std::span<const std::byte> blob, std::span<std::byte> memory) noexcept;
  [[nodiscard]] Status load(std::span<const std::byte> blob, std::span<std::byte> memory, Isa isa) noexcept;

  // Bytes of working memory each Classifier needs; 0 before load(). Can exceed Classifier::arena_bytes(blob).
  std::size_t arena_bytes() const noexcept;

  // The instruction set of a layer's kernel; kScalar for layers that have only one kernel.
  int layer_count() const noexcept;
  Isa layer_isa(int layer) const noexcept;

 private:
  friend class Classifier;
  friend class Detector;
  friend class StreamClassifier;

  static constexpr std::size_t kPlanBytes = 1664;  // at least sizeof(ExecutionPlan); a static_assert checks it

  ExecutionPlan& plan() noexcept;
  const ExecutionPlan& plan() const noexcept;

  alignas(16) std::byte plan_[kPlanBytes];
};

}  // namespace stapes
