// SPDX-License-Identifier: Apache-2.0
// Int8 additions in standard C++.
#include "kernels/add/add.h"
#include "kernels/channel_rescale.h"
#include "kernels/kernel.h"

namespace stapes {

STAPES_KERNEL void add_i8_plain(const AddI8Args& a) noexcept {
  const ChannelRescale from_a(a.a.multiplier, a.a.shift), from_b(a.b.multiplier, a.b.shift);
  const ChannelRescale rescale(a.multiplier, a.shift);
  const int32_t zero_a = a.a.zero_point, zero_b = a.b.zero_point;
  for (int32_t i = 0; i < a.count; ++i) {
    constexpr int32_t kStep = int32_t{1} << kAddHeadroomBits;
    const int32_t sum = from_a((a.input[i] - zero_a) * kStep) + from_b((a.other[i] - zero_b) * kStep);
    a.output[i] = clamp_to<int8_t>(a.out_zero_point + rescale(sum), a.minimum, a.maximum);
  }
}

}  // namespace stapes
