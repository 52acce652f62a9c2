// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_f32/conv_f32.h"

namespace stapes {
namespace {

constexpr Variant<ConvF32Args<float, float>> kVariants[] = {
    {.isa = Isa::kScalar, .run = conv_f32_scalar},
#if STAPES_HAVE_AVX2
    {.isa = Isa::kAvx2,
     .run = conv_f32_avx2,
     .scratch_bytes = conv_f32_avx2_scratch_bytes,
     .prepared_bytes = conv_f32_avx2_prepared_bytes,
     .prepare = conv_f32_avx2_prepare,
     .suits = is_ungrouped},
    {.isa = Isa::kAvx2,
     .run = conv_f32_grouped_avx2,
     .scratch_bytes = conv_f32_grouped_avx2_scratch_bytes,
     .prepared_bytes = conv_f32_avx2_prepared_bytes,
     .prepare = conv_f32_avx2_prepare,
     .suits = suits_grouped,
     .form = "grouped"},
#endif
#if STAPES_HAVE_AVX512
    {.isa = Isa::kAvx512,
     .run = conv_f32_avx512,
     .scratch_bytes = conv_f32_avx512_scratch_bytes,
     .prepared_bytes = conv_f32_avx512_prepared_bytes,
     .prepare = conv_f32_avx512_prepare,
     .suits = is_ungrouped},
    {.isa = Isa::kAvx512,
     .run = conv_f32_grouped_avx512,
     .scratch_bytes = conv_f32_grouped_avx512_scratch_bytes,
     .prepared_bytes = conv_f32_avx512_prepared_bytes,
     .prepare = conv_f32_avx512_prepare,
     .suits = suits_grouped,
     .form = "grouped"},
#endif
#if STAPES_HAVE_NEON
    {.isa = Isa::kNeon,
     .run = conv_f32_neon,
     .scratch_bytes = conv_f32_neon_scratch_bytes,
     .prepared_bytes = conv_f32_neon_prepared_bytes,
     .prepare = conv_f32_neon_prepare,
     .suits = is_ungrouped},
    {.isa = Isa::kNeon,
     .run = conv_f32_grouped_neon,
     .scratch_bytes = conv_f32_grouped_neon_scratch_bytes,
     .prepared_bytes = conv_f32_neon_prepared_bytes,
     .prepare = conv_f32_neon_prepare,
     .suits = suits_grouped,
     .form = "grouped"},
#endif
};

constexpr Variant<ConvF32Args<float, int8_t>> kToI8[] = {
    {.isa = Isa::kScalar, .run = conv_f32_to_i8_scalar},
};

constexpr Variant<ConvF32Args<int8_t, float>> kFromI8[] = {
    {.isa = Isa::kScalar, .run = conv_f32_from_i8_scalar},
};

constexpr Variant<ConvF32Args<int8_t, int8_t>> kFromI8ToI8[] = {
    {.isa = Isa::kScalar, .run = conv_f32_from_i8_to_i8_scalar},
};

constexpr Variant<ConvF32Args<int16_t, float>> kFromI16[] = {
    {.isa = Isa::kScalar, .run = conv_f32_from_i16_scalar},
};

constexpr Variant<ConvF32Args<int16_t, int8_t>> kFromI16ToI8[] = {
    {.isa = Isa::kScalar, .run = conv_f32_from_i16_to_i8_scalar},
};

}  // namespace

Variants<ConvF32Args<float, float>> conv_f32_variants() noexcept { return all_of(kVariants); }
Variants<ConvF32Args<float, int8_t>> conv_f32_to_i8_variants() noexcept { return all_of(kToI8); }
Variants<ConvF32Args<int8_t, float>> conv_f32_from_i8_variants() noexcept { return all_of(kFromI8); }
Variants<ConvF32Args<int8_t, int8_t>> conv_f32_from_i8_to_i8_variants() noexcept { return all_of(kFromI8ToI8); }
Variants<ConvF32Args<int16_t, float>> conv_f32_from_i16_variants() noexcept { return all_of(kFromI16); }
Variants<ConvF32Args<int16_t, int8_t>> conv_f32_from_i16_to_i8_variants() noexcept { return all_of(kFromI16ToI8); }

}  // namespace stapes
