// SPDX-License-Identifier: Apache-2.0
// parents.h: the networks a run is made from: what it starts from (--init) and what it learns from (--teacher).
#pragma once

#include <string>

#include "graph/network.h"

namespace stapes {

// 16 hex digits that name everything in the network, provenance included.
std::string content_hash(const TrainedNetwork& network);

// Throws Error when `parent` is not what the run was begun with. `expected` empty: the run did not say.
void refuse_changed_parent(const TrainedNetwork& parent, const std::string& expected, const std::string& role);

}  // namespace stapes
