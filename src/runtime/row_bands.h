// SPDX-License-Identifier: Apache-2.0
// row_bands.h: the layers of a plan that run interleaved, a few rows at a time (kernels/loops/schedule/row_band.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "packed/shapes.h"
#include "runtime/layer_observer.h"

namespace stapes {

struct ExecutionPlan;

// Limits the stack that bound kernels take.
inline constexpr std::size_t kMaxBandLayers = 8;

// Whether the output of `layer`, a transpose or a convolution, may be held in rows. Its only reader must be the next
// layer, a convolution that skips no rows between windows. No window of either layer may lie entirely in the padding.
bool can_hold_rows(const fb::Model& model, std::size_t layer) noexcept;

// The output of layers first .. last must begin at least this many bytes below their input, to overwrite only rows that
// are no longer read. The band must begin with a convolution.
std::int64_t band_distance(const fb::Model& model, std::size_t first, std::size_t last) noexcept;

// Runs layers first .. last of a plan. All outputs but the last are held in rows.
void run_band(const ExecutionPlan& plan, std::size_t first, std::size_t last, LayerObserver* observer) noexcept;

}  // namespace stapes
