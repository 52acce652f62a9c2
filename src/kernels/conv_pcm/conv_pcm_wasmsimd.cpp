// SPDX-License-Identifier: Apache-2.0
// conv_pcm.h in WebAssembly SIMD.
#include "kernels/conv_pcm/conv_pcm.h"
#include "kernels/loops/tiled/machine_wasmsimd.h"
#include "kernels/loops/tiled/run_tiled.h"

namespace stapes {

void conv_pcm_wasmsimd(const ConvPcmArgs& a) noexcept { run_decided<WasmWords>(a); }
void conv_pcm_grouped_wasmsimd(const ConvPcmArgs& a) noexcept { run_decided<WasmGrouped>(a); }

}  // namespace stapes
