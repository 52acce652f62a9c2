// SPDX-License-Identifier: Apache-2.0
// width_search.h: the widest member of a family that fits a flash budget in a packed form.
#pragma once

#include "graph/network.h"
#include "study/plan/plan.h"

namespace stapes {

// Packed bytes of this network in `form` (kInt8, or kXnor in the layout `spec.form` says); independent of the weights'
// values.
std::int64_t packed_bytes(const NetworkSpec& spec, Form form);

// `spec`, the network of `search.like`, with all widths but ACDNet's last scaled by the largest factor that fits the
// budget. Throws UsageError with the smallest size if not even one filter per layer fits.
NetworkSpec widest_within(const WidthSearch& search, const NetworkSpec& spec);

}  // namespace stapes
