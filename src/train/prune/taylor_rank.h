// SPDX-License-Identifier: Apache-2.0
// taylor_rank.h: first-order estimate of how the loss changes without a filter. arXiv:2103.03483, arXiv:1611.06440.
#pragma once

#include <cstdint>

#include "compress/prune.h"
#include "data/sample_source.h"
#include "train/modules/network_module.h"

namespace stapes {

// Score of a filter = |sum over the batches of an epoch of (mean over batch and positions of a * dL/da)|, a = the
// filter's output before batch norm. Computed as sum(w * dL/dw), which equals sum(a * dL/da) for a linear layer without
// bias.
//
// Switches the module to evaluation mode: with batch statistics, every score would be 0 except for rounding. Throws
// Error if a gradient is not finite.
FilterScores taylor_scores(NetworkModule& module, const SampleSource& samples, std::uint32_t epoch, int batch_size);

// Batches per pruning epoch: ceil(clips / batch). Clips repeat to fill the last one.
std::size_t pruning_batches(const SampleSource& samples, int batch_size);

}  // namespace stapes
