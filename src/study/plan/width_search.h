// SPDX-License-Identifier: Apache-2.0
// width_search.h: finds the widest network of a family within a flash budget.
#pragma once

#include "graph/network.h"
#include "study/plan/plan.h"

namespace stapes {

// Packed size in `form`, which is kInt8 or kXnor (with the layout of spec.form). Does not depend on weight values.
std::int64_t packed_bytes(const NetworkSpec& spec, Form form);

// Scales the widths of `spec` (search.like) by the largest factor that fits the budget. Widths with one channel per
// class stay as they are. Throws UsageError with the smallest size if not even one filter per layer fits.
NetworkSpec widest_within(const WidthSearch& search, const NetworkSpec& spec);

}  // namespace stapes
