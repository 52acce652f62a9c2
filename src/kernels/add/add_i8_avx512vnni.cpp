// SPDX-License-Identifier: Apache-2.0
// Int8 additions on AVX-512.
#include "kernels/add/add_i8_lanes.h"
#include "kernels/loops/tiled/machine_avx512vnni.h"

namespace stapes {

void add_i8_avx512vnni(const AddI8Args& a) noexcept { add_i8_lanes<Avx512Bytes>(a); }

}  // namespace stapes
