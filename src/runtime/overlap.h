// SPDX-License-Identifier: Apache-2.0
// overlap.h: which steps of a plan can overwrite their input, and how.
//
// A tensor that nothing reads after a step need not outlive it. A convolution, or a band of them, makes its output from
// some rows of the input to the next, so the output can follow the rows that are still to be read; an addition has read
// what it overwrites. Nothing here depends on what a kernel does inside a call.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/arena_planner.h"
#include "runtime/execution_plan.h"

namespace stapes {

// Whether layers first .. last, a step of the plan, could overwrite their input; `input` is the number of one of the
// inputs of the first layer.
bool can_overwrite(const ExecutionPlan& plan, std::size_t first, std::size_t last, std::uint32_t input) noexcept;

// The fewest rows a call that such a step should make. A call costs instructions: so many that a kernel that copies the
// rows which it sees copies at most half of them twice, and has positions enough to compute some side by side.
std::int32_t fewest_rows(const ExecutionPlan& plan, std::size_t first, std::size_t last) noexcept;

// How the output of a step that can overwrite its input may lie, if it makes `rows` rows a call.
Overlap overlap_of(const ExecutionPlan& plan, std::size_t first, std::size_t last, std::int32_t rows) noexcept;

}  // namespace stapes
