// SPDX-License-Identifier: Apache-2.0
#include "kernels/average_pool/average_pool_i8_blocks.h"
#include "kernels/kernel.h"

namespace stapes {
namespace {

struct PlainPool {
  STAPES_ALWAYS_INLINE void add_row(const int8_t* from, int32_t stride, int32_t count, int32_t* sums) {
    for (int32_t i = 0; i < count; ++i, from += stride) {
      sums[0] += from[0];
      sums[1] += from[1];
      sums[2] += from[2];
      sums[3] += from[3];
    }
  }
};

}  // namespace

STAPES_KERNEL void average_pool_i8_plain(const AveragePoolArgs<int8_t, int8_t>& a) noexcept {
  average_pool_blocks<PlainPool>(a);
}

}  // namespace stapes
