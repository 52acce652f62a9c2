// prune.h: filter pruning. The result is a smaller network of the same family: filters, their batch-norm channels and
// the matching inputs of the next layer are gone. Source: arXiv:2103.03483 (magnitude rank, one filter at a time).
#pragma once

#include "network/acdnet.h"

namespace stapes {

struct PruneReport {
  int filters_before = 0;
  int filters_after = 0;
};

// Removes int(ratio * filters) filters of a full-precision network, lowest rank first over all layers. The rank of a
// filter is sum |w|, L2-normalised inside its layer, and is taken anew after each removal. No training happens between
// removals (the published schedule fine-tunes after each one); fine-tune the result.
// Across the swap (conv2 -> conv3) a removed filter is a removed row of height, and the pools follow.
// Throws UsageError for ratio outside [0, 1), and naming the reachable maximum when a layer would be left empty;
// Error for a binary network.
TrainedNetwork prune_by_magnitude(const TrainedNetwork& network, double ratio, PruneReport* report = nullptr);

// The network without filter `filter` of convolution `conv` (both 0-based).
TrainedNetwork without_filter(const TrainedNetwork& network, int conv, int filter);

}  // namespace stapes
