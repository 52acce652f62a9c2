// SPDX-License-Identifier: Apache-2.0
// overlap.h: which steps of a plan can overwrite their input, and how.
//
// Only inputs that no later step reads can be overwritten. A convolution or a band reads its input row by row, so its
// output can follow the rows still to be read. An addition reads each element before overwriting it. The kernel inside
// a call does not matter.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/arena_planner.h"
#include "runtime/execution_plan.h"

namespace stapes {

// Whether layers first .. last, a step of the plan, can overwrite input number `input` of the first layer.
bool can_overwrite(const ExecutionPlan& plan, std::size_t first, std::size_t last, std::uint32_t input) noexcept;

// The minimum rows per call of a step that overwrites its input. Each call costs instructions, so a kernel that copies
// its input rows should copy at most half of them twice and compute several positions together.
std::int32_t fewest_rows(const ExecutionPlan& plan, std::size_t first, std::size_t last) noexcept;

// Where the output may lie with `rows` rows per call.
Overlap overlap_of(const ExecutionPlan& plan, std::size_t first, std::size_t last, std::int32_t rows) noexcept;

}  // namespace stapes
