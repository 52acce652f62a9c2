// SPDX-License-Identifier: Apache-2.0
// parents.h: the parent networks of a run: the initial network (--init) and the teacher (--teacher).
#pragma once

#include <string>

#include "graph/network.h"

namespace stapes {

// 16 hex digits; covers the provenance, too.
std::string content_hash(const TrainedNetwork& network);

// Throws Error unless `expected` is the content hash of `parent`. Empty `expected`: not recorded.
void refuse_changed_parent(const TrainedNetwork& parent, const std::string& expected, const std::string& role);

}  // namespace stapes
