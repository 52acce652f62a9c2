// SPDX-License-Identifier: Apache-2.0
// isa.h: the instruction sets Stapes has kernels for.
#pragma once

#include <stdint.h>

namespace stapes {

// "+": in addition to the set above.
enum class Isa : uint8_t {
  kScalar,        // reference for every kernel; any processor
  kPlain,         // standard C++ for cores with few registers and no popcount; any processor
  kArmDsp,        // + Armv7E-M's DSP instructions (SMLAD, SXTB16): Cortex-M4, M7, M33. Exports only
  kMve,           // + Armv8.1-M's vectors (Helium): Cortex-M55. Exports only
  kRvZbb,         // RISC-V with bit manipulation (CPOP). Exports only
  kAvx2,          // x86: AVX2, FMA, POPCNT
  kAvx512,        // + AVX-512 F, BW, DQ, VL
  kAvx512Vnni,    // kAvx512 + VNNI: int8 products
  kAvx512Popcnt,  // kAvx512 + VPOPCNTDQ: popcounts
  kNeon,          // AArch64
  kNeonDot,       // + dot product (SDOT)
  kWasmSimd,      // WebAssembly: SIMD128
};
constexpr int kIsaCount = 12;

// Names used in options: "scalar", "plain", "arm-dsp", "mve", "rv-zbb", "avx2", "avx512", "avx512-vnni",
// "avx512-popcnt", "neon", "neon-dot", "wasm-simd".
const char* to_string(Isa isa) noexcept;

}  // namespace stapes
