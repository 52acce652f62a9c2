// SPDX-License-Identifier: Apache-2.0
// arena_layout.h: what a plan keeps in the arena, where, and which layers it runs in bands so that it is less.
//
// Layers that run in turns form one step: the front end (front_end.h), a band (row_bands.h), or a single layer. What a
// step needs lives through all of it: its input, its output, and what only it uses, which are the tensors of which it
// holds a part and one scratch for all its layers.
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

// The largest shape in which a convolution of the plan is run; all 0 for other layers.
ConvShape shape_run(const ExecutionPlan& plan, std::size_t layer) noexcept;

// Decides plan.in_rows. A tensor is held in rows only where that makes the arena smaller, since each row costs a call.
// One band can enable another, so the tensors are taken greedily: of those alive at the largest moment (no other one
// can lower it), the one that lowers it most, again and again until none does. Where outputs may overwrite inputs, this
// is done twice, the second time beginning with the bands that pay off without overwriting, since one band may pay off
// only together with another. The best choice would need every subset to be tried; for the ACDNet family a test tries
// them and finds none better. Depends only on tensor sizes and on the scratch that the kernels chosen for `cpu` need.
void choose_bands(const Cpu& cpu, ExecutionPlan& plan) noexcept;

// Gives the tensors and scratch of a plan whose variants are picked their places in the arena. `kept` tensors outlast a
// run: they lie after all others and share their place with nothing. kUnsupported: more than 4 GiB.
Status place_arena(ExecutionPlan& plan, std::span<const std::int32_t> kept = {}) noexcept;

// Picks the variants for plan.in_rows and gives everything its place in the arena and in the prepared memory.
// kUnsupported: more than 4 GiB of either.
Status lay_out(const Cpu& cpu, ExecutionPlan& plan) noexcept;

}  // namespace stapes
