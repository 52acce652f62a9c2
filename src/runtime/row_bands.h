// SPDX-License-Identifier: Apache-2.0
// row_bands.h: the layers of a plan that run interleaved, a few rows at a time (kernels/loops/schedule/row_band.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "packed/shapes.h"
#include "runtime/layer_observer.h"

namespace stapes {

struct ExecutionPlan;

// At most this many layers run interleaved, since each is bound once, on the stack.
inline constexpr std::size_t kMostBandLayers = 8;

// Whether the output of `layer` may be held in rows: a transpose or a convolution makes it, and only the next layer
// reads it, a convolution that skips no rows between windows. No window of the two lies entirely in the padding.
bool can_hold_rows(const fb::Model& model, std::size_t layer) noexcept;

// How far below its input the output of layers first .. last, a band that begins with a convolution, must begin so that
// it overwrites only rows that the band no longer reads.
std::int64_t band_distance(const fb::Model& model, std::size_t first, std::size_t last) noexcept;

// Runs layers first .. last of a plan; the outputs of all but the last are held in rows.
void run_band(const ExecutionPlan& plan, std::size_t first, std::size_t last, LayerObserver* observer) noexcept;

}  // namespace stapes
