// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_f32/conv_f32.h"

namespace stapes {
namespace {

constexpr Variant<ConvF32Args<float, float>> kVariants[] = {
    {Isa::kScalar, conv_f32_scalar},
#if STAPES_HAVE_AVX2
    {Isa::kAvx2, conv_f32_avx2, conv_f32_avx2_scratch_bytes, conv_f32_avx2_prepared_bytes, conv_f32_avx2_prepare,
     is_ungrouped},
    {Isa::kAvx2, conv_f32_grouped_avx2, conv_f32_grouped_avx2_scratch_bytes, conv_f32_avx2_prepared_bytes,
     conv_f32_avx2_prepare, suits_grouped, "grouped"},
#endif
#if STAPES_HAVE_AVX512
    {Isa::kAvx512, conv_f32_avx512, conv_f32_avx512_scratch_bytes, conv_f32_avx512_prepared_bytes,
     conv_f32_avx512_prepare, is_ungrouped},
    {Isa::kAvx512, conv_f32_grouped_avx512, conv_f32_grouped_avx512_scratch_bytes, conv_f32_avx512_prepared_bytes,
     conv_f32_avx512_prepare, suits_grouped, "grouped"},
#endif
#if STAPES_HAVE_NEON
    {Isa::kNeon, conv_f32_neon, conv_f32_neon_scratch_bytes, conv_f32_neon_prepared_bytes, conv_f32_neon_prepare,
     is_ungrouped},
    {Isa::kNeon, conv_f32_grouped_neon, conv_f32_grouped_neon_scratch_bytes, conv_f32_neon_prepared_bytes,
     conv_f32_neon_prepare, suits_grouped, "grouped"},
#endif
#if STAPES_HAVE_WASMSIMD
    {Isa::kWasmSimd, conv_f32_wasmsimd, conv_f32_wasmsimd_scratch_bytes, conv_f32_wasmsimd_prepared_bytes,
     conv_f32_wasmsimd_prepare, is_ungrouped},
    {Isa::kWasmSimd, conv_f32_grouped_wasmsimd, conv_f32_grouped_wasmsimd_scratch_bytes,
     conv_f32_wasmsimd_prepared_bytes, conv_f32_wasmsimd_prepare, suits_grouped, "grouped"},
#endif
};

constexpr Variant<ConvF32Args<float, int8_t>> kToI8[] = {
    {Isa::kScalar, conv_f32_to_i8_scalar},
};

constexpr Variant<ConvF32Args<int8_t, float>> kFromI8[] = {
    {Isa::kScalar, conv_f32_from_i8_scalar},
};

constexpr Variant<ConvF32Args<int8_t, int8_t>> kFromI8ToI8[] = {
    {Isa::kScalar, conv_f32_from_i8_to_i8_scalar},
};

constexpr Variant<ConvF32Args<int16_t, float>> kFromI16[] = {
    {Isa::kScalar, conv_f32_from_i16_scalar},
};

constexpr Variant<ConvF32Args<int16_t, int8_t>> kFromI16ToI8[] = {
    {Isa::kScalar, conv_f32_from_i16_to_i8_scalar},
};

}  // namespace

Variants<ConvF32Args<float, float>> conv_f32_variants() noexcept { return all_of(kVariants); }
Variants<ConvF32Args<float, int8_t>> conv_f32_to_i8_variants() noexcept { return all_of(kToI8); }
Variants<ConvF32Args<int8_t, float>> conv_f32_from_i8_variants() noexcept { return all_of(kFromI8); }
Variants<ConvF32Args<int8_t, int8_t>> conv_f32_from_i8_to_i8_variants() noexcept { return all_of(kFromI8ToI8); }
Variants<ConvF32Args<int16_t, float>> conv_f32_from_i16_variants() noexcept { return all_of(kFromI16); }
Variants<ConvF32Args<int16_t, int8_t>> conv_f32_from_i16_to_i8_variants() noexcept { return all_of(kFromI16ToI8); }

}  // namespace stapes
