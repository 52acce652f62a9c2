// SPDX-License-Identifier: Apache-2.0
// arena_layout.h: decides what a plan keeps in the arena and where, and which layers run in bands to save memory.
//
// Layers that run interleaved form one step: the front end (front_end.h), a band (row_bands.h), or a single layer.
// Everything a step needs stays alive during all of it: its input, its output, the tensors it holds in part, and one
// scratch buffer that its layers share.
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

// Decides plan.in_rows. A tensor is held in rows only where that makes the arena smaller, since each row costs a call.
// One band can enable another, so tensors are chosen greedily: among those alive at the peak, the one that lowers it
// most, until none does. If outputs may overwrite inputs, this is done twice, the second time starting from the bands
// that pay off without overwriting, since one band may pay off only together with another. The optimum would require
// trying every subset; a test does so for the ACDNet family and finds nothing better. Depends only on tensor sizes and
// on the scratch that the kernels chosen for `cpu` need.
void choose_bands(const Cpu& cpu, ExecutionPlan& plan) noexcept;

// Places the tensors and scratch of a plan in the arena, after its variants are picked. `kept` tensors outlast a run:
// they lie after all others and share memory with nothing. kUnsupported: more than 4 GiB.
Status place_arena(ExecutionPlan& plan, std::span<const std::int32_t> kept = {}) noexcept;

// Picks the variants for plan.in_rows and places everything in the arena and in the prepared memory. kUnsupported: more
// than 4 GiB of either.
Status lay_out(const Cpu& cpu, ExecutionPlan& plan) noexcept;

}  // namespace stapes
