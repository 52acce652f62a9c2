// SPDX-License-Identifier: Apache-2.0
// Int8 additions on AVX2.
#include "kernels/add/add_i8_lanes.h"
#include "kernels/loops/tiled/machine_avx2.h"

namespace stapes {

void add_i8_avx2(const AddI8Args& a) noexcept { add_i8_lanes<Avx2Words>(a); }

}  // namespace stapes
