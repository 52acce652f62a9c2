// isa.h: the instruction sets Stapes has kernels for.
#pragma once

#include <stdint.h>

namespace stapes {

// Each needs the ones named with it.
enum class Isa : uint8_t {
  kScalar,        // the definition of every kernel; any processor
  kAvx2,          // x86: AVX2, FMA, POPCNT
  kAvx512,        // + AVX-512 F, BW, DQ, VL
  kAvx512Vnni,    // kAvx512 + VNNI: int8 products
  kAvx512Popcnt,  // kAvx512 + VPOPCNTDQ: popcounts
  kNeon,          // AArch64
  kNeonDot,       // + dot product (SDOT)
};
inline constexpr int kIsaCount = 7;

// As options name them: "scalar", "avx2", "avx512", "avx512-vnni", "avx512-popcnt", "neon", "neon-dot".
const char* to_string(Isa isa) noexcept;

}  // namespace stapes
