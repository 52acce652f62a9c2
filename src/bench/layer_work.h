// SPDX-License-Identifier: Apache-2.0
// layer_work.h: what the layers of a model have to do in one window: counted, never measured.
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
  Isa isa = Isa::kScalar;  // of the kernel that was chosen
  Unit unit = Unit::kF32;  // what its kernel multiplies; means nothing where macs is 0
  // Multiply-adds that cannot be avoided: filter taps on padding, and positions beyond the last whole pool, are not
  // among them. (packed/cost.h counts taps on padding, as the paper does.)
  std::int64_t macs = 0;
  // Constants, input and output, each once. What one layer of the front end hands the next, a column of a few KB, never
  // leaves the first-level cache and is left out.
  std::int64_t bytes = 0;
};

std::vector<LayerWork> layer_work(const fb::Model& model, const PreparedModel& prepared);

// Constants, input, and the working memory: what a window touches.
std::int64_t working_set_bytes(const fb::Model& model, const PreparedModel& prepared);

}  // namespace stapes
