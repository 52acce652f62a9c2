#include "kernels/conv_bits/conv_bits.h"

namespace stapes {
namespace {

constexpr Variant<ConvBitsArgs<uint32_t>> kToBits[] = {
    {.isa = Isa::kScalar, .run = conv_bits_scalar, .scratch_bytes = conv_bits_scalar_scratch_bytes},
#if STAPES_HAVE_AVX2
    {.isa = Isa::kAvx2,
     .run = conv_bits_avx2,
     .scratch_bytes = conv_bits_avx2_scratch_bytes,
     .prepared_bytes = conv_bits_avx2_prepared_bytes,
     .prepare = conv_bits_avx2_prepare},
#endif
#if STAPES_HAVE_AVX512POPCNT
    {.isa = Isa::kAvx512Popcnt,
     .run = conv_bits_avx512popcnt,
     .scratch_bytes = conv_bits_avx512popcnt_scratch_bytes,
     .prepared_bytes = conv_bits_avx512popcnt_prepared_bytes,
     .prepare = conv_bits_avx512popcnt_prepare},
#endif
#if STAPES_HAVE_NEON
    {.isa = Isa::kNeon,
     .run = conv_bits_neon,
     .scratch_bytes = conv_bits_neon_scratch_bytes,
     .prepared_bytes = conv_bits_neon_prepared_bytes,
     .prepare = conv_bits_neon_prepare},
#endif
};

constexpr Variant<ConvBitsArgs<int16_t>> kToSums[] = {
    {.isa = Isa::kScalar, .run = conv_bits_sums_scalar, .scratch_bytes = conv_bits_scalar_scratch_bytes},
#if STAPES_HAVE_AVX2
    {.isa = Isa::kAvx2,
     .run = conv_bits_sums_avx2,
     .scratch_bytes = conv_bits_avx2_scratch_bytes,
     .prepared_bytes = conv_bits_avx2_prepared_bytes,
     .prepare = conv_bits_sums_avx2_prepare},
#endif
#if STAPES_HAVE_AVX512POPCNT
    {.isa = Isa::kAvx512Popcnt,
     .run = conv_bits_sums_avx512popcnt,
     .scratch_bytes = conv_bits_avx512popcnt_scratch_bytes,
     .prepared_bytes = conv_bits_avx512popcnt_prepared_bytes,
     .prepare = conv_bits_sums_avx512popcnt_prepare},
#endif
#if STAPES_HAVE_NEON
    {.isa = Isa::kNeon,
     .run = conv_bits_sums_neon,
     .scratch_bytes = conv_bits_neon_scratch_bytes,
     .prepared_bytes = conv_bits_neon_prepared_bytes,
     .prepare = conv_bits_sums_neon_prepare},
#endif
};

}  // namespace

Variants<ConvBitsArgs<uint32_t>> conv_bits_variants() noexcept { return all_of(kToBits); }
Variants<ConvBitsArgs<int16_t>> conv_bits_sums_variants() noexcept { return all_of(kToSums); }

}  // namespace stapes
