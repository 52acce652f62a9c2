// SPDX-License-Identifier: Apache-2.0
// width_search.h: the widest member of a family that fits a flash budget in a packed form.
#pragma once

#include "graph/network.h"
#include "study/plan/plan.h"

namespace stapes {

// Packed bytes of a network of these widths in `form` (kInt8, or kXnor in the layout `spec.form` says), which no values
// of weights change.
std::int64_t packed_bytes(const NetworkSpec& spec, Form form);

// `spec`, that of `search.like`, its widths scaled by one factor (but ACDNet's last) as large as the budget allows.
// Throws UsageError when not even one filter a layer fits, saying what that needs.
NetworkSpec widest_within(const WidthSearch& search, const NetworkSpec& spec);

}  // namespace stapes
