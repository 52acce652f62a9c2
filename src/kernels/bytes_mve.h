// SPDX-License-Identifier: Apache-2.0
// bytes_mve.h: copies and fills bytes on Armv8.1-M with MVE, 16 at a time. Bytes past the end are masked off.
#pragma once

#if !(__ARM_FEATURE_MVE & 1)
#error "compile this for a core with integer MVE (Helium), for example with -mcpu=cortex-m55"
#endif

#include <stdint.h>

#include "kernels/always_inline.h"

namespace stapes {

STAPES_ALWAYS_INLINE void mve_copy_bytes(const int8_t* from, int32_t count, int8_t* to) {
  __asm__ volatile(
      "wlstp.8 lr, %[count], 2f\n"
      "1:\n\t"
      "vldrb.u8 q0, [%[from]], #16\n\t"
      "vstrb.8 q0, [%[to]], #16\n\t"
      "letp lr, 1b\n"
      "2:"
      : [from] "+r"(from), [to] "+r"(to)
      : [count] "r"(count)
      : "q0", "lr", "memory");
}

STAPES_ALWAYS_INLINE void mve_fill_bytes(int8_t* to, int32_t count, int32_t value) {
  __asm__ volatile(
      "vdup.8 q0, %[value]\n\t"
      "wlstp.8 lr, %[count], 2f\n"
      "1:\n\t"
      "vstrb.8 q0, [%[to]], #16\n\t"
      "letp lr, 1b\n"
      "2:"
      : [to] "+r"(to)
      : [count] "r"(count), [value] "r"(value)
      : "q0", "lr", "memory");
}

}  // namespace stapes
