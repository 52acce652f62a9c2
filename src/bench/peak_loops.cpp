// SPDX-License-Identifier: Apache-2.0
#include "bench/peak_loops.h"

namespace stapes {
namespace {

// Multiply-adds in one step of a vector loop: one vector of products per chain.
constexpr uint32_t fused(uint32_t products, int chains = kFusedChains) {
  return static_cast<uint32_t>(chains) * products;
}
constexpr uint32_t adding(uint32_t products) { return static_cast<uint32_t>(kAddingChains) * products; }

constexpr PeakLoop kPeakLoops[] = {
    {Isa::kScalar, Unit::kF32, 256, peak_f32_scalar},
    {Isa::kScalar, Unit::kI16, 256, peak_i16_scalar},
    {Isa::kScalar, Unit::kI8, 256, peak_i8_scalar},
    {Isa::kScalar, Unit::kBits, 256 * 32, peak_bits_scalar},
#if STAPES_HAVE_AVX2
    {Isa::kAvx2, Unit::kF32, fused(8, kFusedChainsIn16Registers), peak_f32_avx2},
    {Isa::kAvx2, Unit::kI16, adding(16), peak_i16_avx2},
    {Isa::kAvx2, Unit::kI8, adding(16), peak_i16_avx2},
    {Isa::kAvx2, Unit::kBits, adding(256), peak_bits_avx2},
#endif
#if STAPES_HAVE_AVX512
    {Isa::kAvx512, Unit::kF32, fused(16), peak_f32_avx512},
    {Isa::kAvx512, Unit::kI16, adding(32), peak_i16_avx512},
    {Isa::kAvx512, Unit::kI8, adding(32), peak_i16_avx512},
    {Isa::kAvx512, Unit::kBits, adding(512), peak_bits_avx512},
#endif
#if STAPES_HAVE_AVX512VNNI
    {Isa::kAvx512Vnni, Unit::kI16, fused(32), peak_i16_avx512vnni},
    {Isa::kAvx512Vnni, Unit::kI8, fused(64), peak_i8_avx512vnni},
#endif
#if STAPES_HAVE_AVX512POPCNT
    {Isa::kAvx512Popcnt, Unit::kBits, adding(512), peak_bits_avx512popcnt},
#endif
#if STAPES_HAVE_NEON
    {Isa::kNeon, Unit::kF32, fused(4), peak_f32_neon},
    {Isa::kNeon, Unit::kI16, fused(4), peak_i16_neon},
    {Isa::kNeon, Unit::kI8, adding(16), peak_i8_neon},
    {Isa::kNeon, Unit::kBits, adding(128), peak_bits_neon},
#endif
#if STAPES_HAVE_NEONDOT
    {Isa::kNeonDot, Unit::kI8, fused(16), peak_i8_neondot},
#endif
};

constexpr LoadLoop kLoadLoops[] = {
    {Isa::kScalar, load_scalar},
#if STAPES_HAVE_AVX2
    {Isa::kAvx2, load_avx2},
#endif
#if STAPES_HAVE_AVX512
    {Isa::kAvx512, load_avx512},
#endif
#if STAPES_HAVE_NEON
    {Isa::kNeon, load_neon},
#endif
};

template <class Loop, int kCount>
constexpr int count_of(const Loop (&)[kCount]) {
  return kCount;
}

}  // namespace

PeakLoops peak_loops() noexcept { return {kPeakLoops, count_of(kPeakLoops)}; }
LoadLoops load_loops() noexcept { return {kLoadLoops, count_of(kLoadLoops)}; }

}  // namespace stapes
