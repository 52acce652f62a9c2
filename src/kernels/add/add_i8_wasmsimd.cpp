// SPDX-License-Identifier: Apache-2.0
// Int8 additions in WebAssembly SIMD.
#include "kernels/add/add_i8_lanes.h"
#include "kernels/loops/tiled/machine_wasmsimd.h"

namespace stapes {

void add_i8_wasmsimd(const AddI8Args& a) noexcept { add_i8_lanes<WasmWords>(a); }

}  // namespace stapes
