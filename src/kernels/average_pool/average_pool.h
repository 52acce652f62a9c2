// SPDX-License-Identifier: Apache-2.0
// average_pool.h: averages each channel over pool_h x pool_w positions; stride = pool size.
//   f32: sum in row order / area
//   i8:  the TFLite mean: sum / area, rounded half away from zero, same scale and zero point
//   i16: the int32 sum; the next layer's scale includes the division
//   i32: sum / 2^shift, rounded half up; the next layer's scale includes the rest of the division
#pragma once

#include <stdint.h>

#include "kernels/variant.h"

namespace stapes {

template <class Input, class Output>
struct AveragePoolArgs {
  const Input* input;  // [in_h][in_w][channels]
  Output* output;      // [in_h / pool_h][in_w / pool_w][channels]; must not overlap the input
  int32_t in_h, in_w, channels;
  int32_t pool_h, pool_w;
  int32_t shift = 0;  // i32 only
};

void average_pool_f32_scalar(const AveragePoolArgs<float, float>& a) noexcept;
void average_pool_i8_scalar(const AveragePoolArgs<int8_t, int8_t>& a) noexcept;
void average_pool_i8_plain(const AveragePoolArgs<int8_t, int8_t>& a) noexcept;
void average_pool_i8_armdsp(const AveragePoolArgs<int8_t, int8_t>& a) noexcept;
void sum_pool_i16_scalar(const AveragePoolArgs<int16_t, int32_t>& a) noexcept;
void sum_pool_i32_scalar(const AveragePoolArgs<int32_t, int32_t>& a) noexcept;

void average_pool_i8_mve(const AveragePoolArgs<int8_t, int8_t>& a) noexcept;

Variants<AveragePoolArgs<int8_t, int8_t>> average_pool_i8_variants() noexcept;

}  // namespace stapes
