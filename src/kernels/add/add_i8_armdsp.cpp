// SPDX-License-Identifier: Apache-2.0
// Int8 additions on Armv7E-M (Cortex-M4, M7): 13 instructions per element. One branch must have the
// factor 1/2, which is a shift.
//   t  = (q_b - zero_b) * 2^21                       2 * value * 2^20
//   t  = (half_b - (t < 0) + high(t * multiplier_b)) >> right_b
//   x2 = 2 * (t + q_a * 2^19) - zero_a * 2^20
//   output = saturated (offset - (x2 < 0) + high(x2 * multiplier)) >> right
// high() is the rounded high word of a product. `offset` is half of 2^right plus the zero point. Why the sign of x2
// suffices: loops/paired/paired_layout.h.
#if !defined(__ARM_FEATURE_SIMD32)
#error "compile this for a core with the DSP extension, for example with -mcpu=cortex-m4"
#endif

#include "kernels/add/add.h"
#include "kernels/kernel.h"
#include "kernels/rescale_armdsp.h"

namespace stapes {
namespace {

// Read by the assembler code in this order.
struct ArmDspAdd {
  const int8_t *a, *b;
  int8_t* output;
  const int8_t* a_end;
  int32_t zero_b, half_b, multiplier_b, right_b, zero_a, offset, multiplier, right;
};

// clang-format off
#define STAPES_ARMDSP_ADD_ELEMENT                   \
  "ldrsb r0, [r2], #1\n\t"                          \
  "rsb r0, r5, r0, lsl #21\n\t"                     \
  STAPES_ARMDSP_RESCALE("r0", "r7", "r6", "lr")     \
  "asr lr, lr, r8\n\t"                              \
  "ldrsb r0, [r1], #1\n\t"                          \
  "add lr, lr, r0, lsl #19\n\t"                     \
  "rsb lr, r9, lr, lsl #1\n\t"                      \
  STAPES_ARMDSP_RESCALE("lr", "r11", "r10", "r0")   \
  STAPES_ARMDSP_STORE("r0", "r12", "[r3], #1")
// clang-format on

// Not inlined, to keep registers free. Needs at least one element; an odd count starts in the middle of the loop.
__attribute__((noinline)) void add_elements(const ArmDspAdd& add) {
  register const ArmDspAdd* at_add __asm__("r0") = &add;
  __asm__ volatile(
      "push {r7}\n\t"  // unoptimized builds use r7 as the frame pointer
      "ldmia.w r0, {r1-r12}\n\t"
      "sub r0, r4, r1\n\t"
      "tst r0, #1\n\t"
      "bne 2f\n"
      "1:\n\t" STAPES_ARMDSP_ADD_ELEMENT "2:\n\t" STAPES_ARMDSP_ADD_ELEMENT
      "cmp r1, r4\n\t"
      "bne 1b\n\t"
      "pop {r7}"
      : "+r"(at_add)
      :
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

#undef STAPES_ARMDSP_ADD_ELEMENT

}  // namespace

STAPES_KERNEL void add_i8_armdsp(const AddI8Args& args) noexcept {
  const bool swapped = !add_is_half(args.a);
  const AddI8Branch &a = swapped ? args.b : args.a, &b = swapped ? args.a : args.b;
  const int8_t* const first = swapped ? args.other : args.input;
  if (args.count == 0) return;
  ArmDspAdd add;
  add.a = first;
  add.b = swapped ? args.input : args.other;
  add.output = args.output;
  add.a_end = first + args.count;
  add.zero_b = b.zero_point * (int32_t{2} << kAddHeadroomBits);
  add.half_b = int32_t{1} << (-b.shift - 1);
  add.multiplier_b = b.multiplier;
  add.right_b = -b.shift;
  add.zero_a = a.zero_point * (int32_t{1} << kAddHeadroomBits);
  add.offset = args.out_zero_point * (int32_t{1} << -args.shift) + (int32_t{1} << (-args.shift - 1));
  add.multiplier = args.multiplier;
  add.right = -args.shift;
  add_elements(add);
}

}  // namespace stapes
