// SPDX-License-Identifier: Apache-2.0
// arena_layout.h: decides what a plan keeps in the arena and where, and which layers run in bands to save memory.
//
// A step is the front end (front_end.h) or a band (row_bands.h), whose layers run interleaved, or a single layer. Its
// input, output, the partial tensors between its layers and one scratch buffer shared by them are alive throughout.
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
// that lowers the memory peak most, until none does. Depends only on tensor sizes and on the scratch of the kernels
// chosen for `cpu`. Need not be optimal, but for the ACDNet family a test of all subsets finds nothing better.
void choose_bands(const Cpu& cpu, ExecutionPlan& plan) noexcept;

// Places the tensors and scratch of a plan with picked variants. `kept` tensors outlast a run: they lie after all
// others and share no memory. kUnsupported: more than 4 GiB.
Status place_arena(ExecutionPlan& plan, std::span<const std::int32_t> kept = {}) noexcept;

// Picks variants for plan.in_rows; places everything in the arena and the prepared memory. kUnsupported: more than 4
// GiB of either.
Status lay_out(const Cpu& cpu, ExecutionPlan& plan) noexcept;

}  // namespace stapes
