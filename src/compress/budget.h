// SPDX-License-Identifier: Apache-2.0
// budget.h: the resources a pruned network needs on a device, and how many filters must go until it fits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "compress/prune.h"
#include "graph/network.h"

namespace stapes {

// Upper bounds; those not given do not apply.
struct Budget {
  std::optional<std::int64_t> flash_bytes = {};  // of the packed int8 file
  std::optional<std::int64_t> ram_bytes = {};    // of the runtime's arena for it
  std::optional<std::int64_t> macs = {};

  bool any() const { return flash_bytes || ram_bytes || macs; }
};

struct DeviceNeeds {
  std::int64_t flash_bytes = 0, ram_bytes = 0, macs = 0;
};

// "128000 bytes of flash, 20000 of RAM, 14.3 M MACs"
std::string to_string(const DeviceNeeds& needs);

// A network of this spec without tensors, with numbered classes, for figures that depend only on sizes.
TrainedNetwork untrained(const NetworkSpec& spec);

// The needs of the int8 model with the spec, labels and provenance of `like`, actually packed and quantized, but with
// other weights, since sizes do not depend on values (except that a dead layer makes the file a few bytes smaller). The
// weights of `like` are not read.
DeviceNeeds int8_needs(const TrainedNetwork& like);

// The same for a binary network, packed as such.
DeviceNeeds binary_needs(const TrainedNetwork& like);

// Throws UsageError with the reason if the network would have no packed form, before it is trained.
void check_packable(const NetworkSpec& spec);

bool fits(const DeviceNeeds& needs, const Budget& budget);

// Throws UsageError, saying what can be reached, if even one filter in each layer in scope exceeds `budget`; also for a
// bound below 1.
void refuse_unreachable(const TrainedNetwork& network, const PruneScope& scope, const Budget& budget);

// How many of the first filters of `order` must be removed for the network to fit; order.size() if that is not enough.
// Needs shrink with every filter.
int removals_to_fit(const TrainedNetwork& network, std::span<const FilterId> order, const Budget& budget);

}  // namespace stapes
