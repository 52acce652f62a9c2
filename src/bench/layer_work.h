// SPDX-License-Identifier: Apache-2.0
// layer_work.h: the work of a model's layers in one window, computed, not measured.
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
  Unit unit = Unit::kF32;  // type of the operands of its kernel; meaningless if macs is 0
  // Necessary multiply-adds: without filter taps on padding, and without positions beyond the last complete pool.
  // (packed/cost.h counts taps on padding, as in arXiv:2108.06128.)
  std::int64_t macs = 0;
  // Constants, input and output, each counted once. Columns passed between layers of the front end, a few KB, never
  // leave the first-level cache and are not counted.
  std::int64_t bytes = 0;
};

std::vector<LayerWork> layer_work(const fb::Model& model, const PreparedModel& prepared);

// All memory that a window touches: constants, input and working memory.
std::int64_t working_set_bytes(const fb::Model& model, const PreparedModel& prepared);

}  // namespace stapes
