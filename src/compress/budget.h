// SPDX-License-Identifier: Apache-2.0
// budget.h: what a pruned network will need on a device, and how many filters must go until it fits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "compress/prune.h"
#include "graph/network.h"

namespace stapes {

// Upper bounds; what is not given does not count.
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

// A network of this spec without tensors, its classes numbered: for what depends on sizes only.
TrainedNetwork untrained(const NetworkSpec& spec);

// Of the int8 model with the spec, labels and provenance of `like`: packed and quantized for real, with other weights,
// since no size depends on values (but where a layer is dead: its file is some bytes smaller). The weights of `like`
// are not read.
DeviceNeeds int8_needs(const TrainedNetwork& like);

// The same of a binary network, packed as such.
DeviceNeeds binary_needs(const TrainedNetwork& like);

// Throws UsageError saying why when the network, trained, would have no packed form: found before training, not after.
void check_packable(const NetworkSpec& spec);

bool fits(const DeviceNeeds& needs, const Budget& budget);

// Throws UsageError, saying what can be reached, when `budget` is not met even by one filter in each layer in scope;
// also for a bound below 1.
void refuse_unreachable(const TrainedNetwork& network, const PruneScope& scope, const Budget& budget);

// How many of the first filters of `order` must go until the network fits; order.size() if that is not enough. Needs
// shrink with every filter.
int removals_to_fit(const TrainedNetwork& network, std::span<const FilterId> order, const Budget& budget);

}  // namespace stapes
