// SPDX-License-Identifier: Apache-2.0
// prepared_model.h: a model made ready for this processor's vector units. No heap, no exceptions, no I/O.
#pragma once

#include <cstddef>
#include <span>

#include "stapes/isa.h"
#include "stapes/status.h"

namespace stapes {

struct ExecutionPlan;

// The kernels of every layer, chosen once, and the weights in the order these kernels want. Loaded once and then only
// read: any number of Classifiers, in any threads, may run it at the same time.
//
// Borrows `blob` and `memory`: both must outlive it, and the Classifiers that use it, and stay unchanged. A small
// device needs none of this: Classifier::load() with a blob reads the weights in place.
class PreparedModel {
 public:
  static constexpr std::size_t kAlign = 64;  // bytes, of `memory`

  PreparedModel() noexcept;
  PreparedModel(const PreparedModel&) = delete;
  PreparedModel& operator=(const PreparedModel&) = delete;

  // Bytes of `memory` that load() needs: about the size of the weights. May be 0, also for an unreadable blob; load()
  // then names the reason. `isa`: only this instruction set and what it needs, however much more the processor has.
  static std::size_t memory_bytes(std::span<const std::byte> blob) noexcept;
  static std::size_t memory_bytes(std::span<const std::byte> blob, Isa isa) noexcept;

  // Errors as Classifier::load(); kArenaTooSmall for a `memory` that is too small or not aligned. An `isa` that this
  // processor has not is no error: what it needs and the processor has is used. After any error the object is as if
  // just constructed.
  [[nodiscard]] Status load(std::span<const std::byte> blob, std::span<std::byte> memory) noexcept;
  [[nodiscard]] Status load(std::span<const std::byte> blob, std::span<std::byte> memory, Isa isa) noexcept;

  // Bytes of working memory each Classifier needs; 0 before load(). Not the same as in place: fast kernels may want
  // more.
  std::size_t arena_bytes() const noexcept;

  // How a layer is run; layers that have but one kernel answer kScalar.
  int layer_count() const noexcept;
  Isa layer_isa(int layer) const noexcept;

 private:
  friend class Classifier;
  friend class Detector;
  friend class StreamClassifier;

  static constexpr std::size_t kPlanBytes = 1664;  // src/runtime/execution_plan.h; checked where it is used

  ExecutionPlan& plan() noexcept;
  const ExecutionPlan& plan() const noexcept;

  alignas(16) std::byte plan_[kPlanBytes];
};

}  // namespace stapes
