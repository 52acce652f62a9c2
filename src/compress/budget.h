// SPDX-License-Identifier: Apache-2.0
// budget.h: what a pruned network needs on a device, and how many filters to remove until it fits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "compress/prune.h"
#include "graph/network.h"

namespace stapes {

// Upper bounds, all optional.
struct Budget {
  std::optional<std::int64_t> flash_bytes = {};  // the packed int8 file
  std::optional<std::int64_t> ram_bytes = {};    // the runtime's arena
  std::optional<std::int64_t> macs = {};

  bool any() const { return flash_bytes || ram_bytes || macs; }
};

struct DeviceNeeds {
  std::int64_t flash_bytes = 0, ram_bytes = 0, macs = 0;
};

// "128000 bytes of flash, 20000 bytes of RAM, 14.3 M MACs"
std::string to_string(const DeviceNeeds& needs);

// A network without tensors and with numbered classes, for figures that depend only on sizes.
TrainedNetwork untrained(const NetworkSpec& spec);

// The needs of an int8 model with the spec, labels and provenance of `like`, whatever its weights. A dead layer would
// make the file a few bytes smaller.
DeviceNeeds int8_needs(const TrainedNetwork& like);

// The same for a packed binary network.
DeviceNeeds binary_needs(const TrainedNetwork& like);

// Throws UsageError with the reason if networks of this spec cannot be packed. For use before training.
void check_packable(const NetworkSpec& spec);

bool fits(const DeviceNeeds& needs, const Budget& budget);

// Throws UsageError if a bound is below 1, or if the network exceeds `budget` even with one filter in each layer in
// scope. The message then gives the lowest possible needs.
void refuse_unreachable(const TrainedNetwork& network, const PruneScope& scope, const Budget& budget);

// How many filters to remove, in this order, until the network fits; order.size() if it never does. Assumes that every
// removal lowers the needs.
int removals_to_fit(const TrainedNetwork& network, std::span<const FilterId> order, const Budget& budget);

}  // namespace stapes
