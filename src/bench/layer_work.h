// SPDX-License-Identifier: Apache-2.0
// layer_work.h: the computed work of a model's layers in one window.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/peak_loops.h"
#include "packed/shapes.h"
#include "stapes/prepared_model.h"

namespace stapes {

struct LayerWork {
  std::string name, op;
  Isa isa = Isa::kScalar;  // of the chosen kernel
  Unit unit = Unit::kF32;  // operand type; meaningless if macs is 0
  // Multiply-adds, except those of positions beyond the last complete pool and of taps on padding (packed/cost.h
  // counts both).
  std::int64_t macs = 0;
  // Constants, input and output, each counted once. Columns between front-end layers stay in the L1 cache and do not
  // count.
  std::int64_t bytes = 0;
};

std::vector<LayerWork> layer_work(const fb::Model& model, const PreparedModel& prepared);

// All memory that a window touches: constants, input, arena.
std::int64_t working_set_bytes(const fb::Model& model, const PreparedModel& prepared);

}  // namespace stapes
