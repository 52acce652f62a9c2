// row_bands.h: layers run in turns, a few rows at a time, so that the tensors between them never exist whole.
//
// Of a tensor inside such a band only the rows are held that one row of the layer behind it sees: 4 for a 3x3
// convolution with its 2x2 pool. Each is made just before it is needed and kept, moved to the front, until no later row
// sees it: no row is made twice.
#pragma once

#include <cstddef>

#include "packed/shapes.h"
#include "runtime/layer_observer.h"

namespace stapes {

struct ExecutionPlan;

// At most so many layers run in turns: what each needs is bound once, on the stack.
inline constexpr std::size_t kMostBandLayers = 8;

// Whether the output of `layer` may be held in rows: a swap or a convolution makes it, and only the next layer reads
// it, a convolution that skips no row between two of its windows. No window of the two lies in the padding alone.
bool can_hold_rows(const fb::Model& model, std::size_t layer) noexcept;

// Runs layers first .. last of a plan; the outputs of all but the last are held in rows.
void run_band(const ExecutionPlan& plan, std::size_t first, std::size_t last, LayerObserver* observer) noexcept;

}  // namespace stapes
