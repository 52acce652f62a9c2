// SPDX-License-Identifier: Apache-2.0
// execution_plan.h: everything that load() decides for run(). Lives inside the Classifier.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/cpu.h"
#include "packed/limits.h"
#include "packed/shapes.h"
#include "runtime/front_end.h"
#include "stapes/status.h"

namespace stapes {

struct ExecutionPlan {
  const fb::Model* model = nullptr;
  std::byte* arena = nullptr;
  std::size_t arena_bytes = 0;
  FrontEnd front_end;
  // Whether only some rows of a layer's output exist at a time (row_bands.h).
  std::array<bool, kMaxLayers> in_rows{};
  // Small cores save memory at the cost of calls: steps may overwrite their input (overlap.h), and buffers have
  // a smaller alignment (bytes).
  bool overwrites = false;
  std::uint32_t align = 64;
  // Output rows per call of the last layer of a step that may overwrite its input. 0: the step may not.
  std::array<std::uint16_t, kMaxLayers> rows_over_input{};
  // Offsets into the arena. With a front end, tensor 0 is one slice of the wave; front-end outputs except the last hold
  // only one column's values.
  std::array<std::uint32_t, kMaxTensors> tensor_offset{};
  std::array<std::uint32_t, kMaxLayers> scratch_offset{};
  // The variant of each layer, and the offset of its weights in `prepared`.
  std::array<std::uint8_t, kMaxLayers> variant{};
  std::array<std::uint32_t, kMaxLayers> prepared_offset{};
  const std::byte* prepared = nullptr;
  std::size_t prepared_bytes = 0;

  const fb::Layer& layer(std::size_t i) const { return *model->layers()->Get(static_cast<std::uint32_t>(i)); }
  std::byte* tensor(std::int32_t index) const { return arena + tensor_offset[static_cast<std::size_t>(index)]; }
  std::byte* scratch(std::size_t layer) const { return arena + scratch_offset[layer]; }
  LayerKernel kernel(std::size_t layer) const {
    return {variant[layer], prepared == nullptr ? nullptr : prepared + prepared_offset[layer]};
  }
};

// Picks the fastest variants for `cpu` and plans the memory of a checked model (arena_layout.h). `arena` and `prepared`
// stay null. kUnsupported: more than 4 GiB of either.
Status make_plan(const fb::Model& model, const Cpu& cpu, ExecutionPlan& plan) noexcept;

// The same for an unchecked model. On any error `plan.model` is null.
Status make_plan(std::span<const std::byte> blob, const Cpu& cpu, ExecutionPlan& plan) noexcept;

// Plans the memory again for consecutive windows of a model with a front end. The slice and columns then share no
// memory with other tensors, so they survive execute_rest(). kUnsupported: more than 4 GiB.
Status keep_front_end(ExecutionPlan& plan) noexcept;

// `prepared`: plan.prepared_bytes, aligned to 64. The plan keeps the pointer.
void prepare_weights(ExecutionPlan& plan, std::byte* prepared) noexcept;

// Scores one window. `observer` may be null.
void execute(const ExecutionPlan& plan, const Wave& wave, float* scores, LayerObserver* observer) noexcept;

// For a model with a front end: the caller fills the output of the last front-end layer column by column;
// execute_rest() runs the other layers.
FrontEndBuffers front_end_buffers(const ExecutionPlan& plan) noexcept;
void execute_rest(const ExecutionPlan& plan, float* scores, LayerObserver* observer) noexcept;

// Score `c` of the last window, minus the zero point of int8 scores. Only for models with integer scores.
std::int32_t integer_score(const ExecutionPlan& plan, std::int32_t c) noexcept;

}  // namespace stapes
