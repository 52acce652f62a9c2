// SPDX-License-Identifier: Apache-2.0
// add.h: adds two branches of the same shape.
//   f32:  output = a + b, then max(0, .) if `relu`, then min(6, .) if `relu6`
//   i8:   TFLite rules (kernels/requantize.h). Each branch, (q - zero_point) * 2^20, is rescaled to the common scale
//         (add_params.h), the sum to the output's scale.
//   i32:  output[c] = a[c] * a_multiplier[c] + b[c] * b_multiplier[c], then max(0, .) if `relu`: the residual stream of
//         a binary network (docs/reference/format.md)
// The reader checks that integer sums fit an int32.
#pragma once

#include <stdint.h>

#include "kernels/variant.h"

namespace stapes {

struct AddF32Args {
  const float* input;  // [count]
  const float* other;  // [count]
  float* output;       // [count]; may be `input` or `other`
  int32_t count;
  bool relu, relu6 = false;
};

struct AddI8Branch {
  int32_t zero_point, multiplier, shift;
};

constexpr int32_t kAddHeadroomBits = 20;  // as in TFLite; 255 * 2^20 is within the range of rescale()

// Whether a branch has the factor 1/2. The branch with the larger scale always does.
static inline bool add_is_half(const AddI8Branch& branch) {
  return branch.multiplier == int32_t{1} << 30 && branch.shift == 0;
}

struct AddI8Args {
  const int8_t* input;  // [count]
  const int8_t* other;  // [count]
  int8_t* output;       // [count]; may be `input` or `other`
  int32_t count;
  AddI8Branch a, b;
  int32_t multiplier, shift, out_zero_point;
  int32_t minimum, maximum;
};

template <class Other>  // int16_t: sums of bits; int32_t: the residual stream
struct AddI32Args {
  const int16_t* input;         // [positions][channels]
  const Other* other;           // [positions][channels]
  int32_t* output;              // [positions][channels]; may be `other`, if that is int32_t
  const int32_t* a_multiplier;  // [channels]
  const int32_t* b_multiplier;  // [channels]
  int32_t positions, channels;
  bool relu;
};

void add_f32_scalar(const AddF32Args& a) noexcept;
void add_i8_scalar(const AddI8Args& a) noexcept;
void add_i8_plain(const AddI8Args& a) noexcept;
void add_i8_armdsp(const AddI8Args& a) noexcept;
void add_i8_avx2(const AddI8Args& a) noexcept;
void add_i8_avx512vnni(const AddI8Args& a) noexcept;
void add_i8_mve(const AddI8Args& a) noexcept;
void add_i8_neon(const AddI8Args& a) noexcept;
void add_i8_wasmsimd(const AddI8Args& a) noexcept;
void add_i32_from_i16_scalar(const AddI32Args<int16_t>& a) noexcept;
void add_i32_from_i32_scalar(const AddI32Args<int32_t>& a) noexcept;

Variants<AddI8Args> add_i8_variants() noexcept;

}  // namespace stapes
