// SPDX-License-Identifier: Apache-2.0
// arena_layout.h: decides what a plan keeps in the arena, where, and which layers run in bands to save memory.
//
// Interleaved layers form one step: the front end (front_end.h), a band (row_bands.h), or a single layer. The step's
// input, output and partial tensors are alive throughout the step, and so is one scratch buffer for its layers.
// are alive throughout the step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/conv_shape.h"
#include "kernels/cpu.h"
#include "runtime/execution_plan.h"
#include "stapes/status.h"

namespace stapes {

std::size_t last_of_step(const ExecutionPlan& plan, std::size_t first) noexcept;

// The largest shape in which the plan runs a convolution; all 0 for other layers.
ConvShape shape_run(const ExecutionPlan& plan, std::size_t layer) noexcept;

// Sets plan.in_rows. Each row costs a call, so tensors are held in rows only to make the arena smaller: adds the tensor
// that lowers the memory peak most, until none does. Depends only on tensor sizes and the kernels' scratch.
void choose_bands(const Cpu& cpu, ExecutionPlan& plan) noexcept;

// Places the tensors and scratch of a plan with picked variants. `kept` tensors outlast a run: they lie after all
// others and share no memory. kUnsupported: more than 4 GiB.
Status place_arena(ExecutionPlan& plan, std::span<const std::int32_t> kept = {}) noexcept;

// Picks variants for plan.in_rows; places everything in the arena and the prepared memory. kUnsupported: more than 4
// GiB of either.
Status lay_out(const Cpu& cpu, ExecutionPlan& plan) noexcept;

}  // namespace stapes
