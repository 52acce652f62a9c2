// width_search.h: the widest member of a family that fits a flash budget in a packed form.
#pragma once

#include "network/acdnet.h"
#include "study/plan.h"

namespace stapes {

// Packed bytes of a network of these widths in `form` (kInt8, or kXnor in the layout `spec.form` says), which no values
// of weights change.
std::int64_t packed_bytes(const AcdnetSpec& spec, Form form);

// The widths of `search.like`, all but the last layer's scaled by one factor, as large as the budget allows. `spec`
// gives rate, window and classes. Throws UsageError when not even one filter a layer fits, saying what that needs.
AcdnetSpec widest_within(const WidthSearch& search, const AcdnetSpec& spec);

}  // namespace stapes
