// SPDX-License-Identifier: Apache-2.0
#include "kernels/add/add.h"

namespace stapes {
namespace {

// Whether one branch has the factor 1/2, the other shifts right, the offset of the sum fits an int32, and the output is
// not clamped.
bool armdsp_accepts(const AddI8Args& a) noexcept {
  const AddI8Branch& other = add_is_half(a.a) ? a.b : a.a;
  return (add_is_half(a.a) || add_is_half(a.b)) && other.shift < 0 && a.shift < 0 && a.shift >= -22 &&
         a.minimum == INT8_MIN && a.maximum == INT8_MAX;
}

constexpr Variant<AddI8Args> armdsp_variant() noexcept {
  Variant<AddI8Args> variant{Isa::kArmDsp, nullptr};
  variant.accepts = armdsp_accepts;
  return variant;
}

constexpr Variant<AddI8Args> kI8[] = {
    {Isa::kScalar, add_i8_scalar},
    {Isa::kPlain, add_i8_plain},
    armdsp_variant(),
    {Isa::kMve, nullptr},  // null: run only by exports
#if STAPES_HAVE_AVX2
    {Isa::kAvx2, add_i8_avx2},
#endif
#if STAPES_HAVE_AVX512VNNI
    {Isa::kAvx512Vnni, add_i8_avx512vnni},
#endif
#if STAPES_HAVE_NEON
    {Isa::kNeon, add_i8_neon},
#endif
#if STAPES_HAVE_WASMSIMD
    {Isa::kWasmSimd, add_i8_wasmsimd},
#endif
};

}  // namespace

Variants<AddI8Args> add_i8_variants() noexcept { return all_of(kI8); }

}  // namespace stapes
