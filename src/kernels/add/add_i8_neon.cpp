// SPDX-License-Identifier: Apache-2.0
// Int8 additions on NEON.
#include "kernels/add/add_i8_lanes.h"
#include "kernels/loops/tiled/machine_neon.h"

namespace stapes {

void add_i8_neon(const AddI8Args& a) noexcept { add_i8_lanes<NeonWords>(a); }

}  // namespace stapes
