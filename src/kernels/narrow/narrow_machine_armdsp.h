// narrow_machine_armdsp.h: products on Armv7E-M (Cortex-M4, M7): SMLAD multiplies two pairs of 16 bits and adds both.
//
// Four products at one position are one LDRD and two SMLAD; four weights, for all positions of a block, one LDR and two
// SXTB16. With 4 positions that is 15 instructions for 16 MACs.
#pragma once

#if !defined(__ARM_FEATURE_SIMD32)
#error "compile this for a core with the DSP extension, such as -mcpu=cortex-m4"
#endif

#include <arm_acle.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/narrow/narrow_layout.h"

namespace stapes {

template <class StoredWeight>
struct ArmDspMachine;

struct ArmDspInputs : ArmDspSizes {
  struct Weights {
    int32_t low, high;
  };

  // Positions begin at even elements, that is, at words: LDRD wants no more.
  static inline int32_t multiply_add(int32_t sum, const Element* x, const Weights& w) {
    int32_t low, high;
    __asm__("ldrd %0, %1, [%2]" : "=r"(low), "=r"(high) : "r"(x), "m"(*reinterpret_cast<const Element(*)[4]>(x)));
    return __smlad(high, w.high, __smlad(low, w.low, sum));
  }

  static inline void load_elements(const int8_t* input, int32_t count, int32_t zero_point, Element* to) {
    for (int32_t i = 0; i < count; ++i) to[i] = static_cast<Element>(input[i] - zero_point);
  }
  static inline void load_elements(const int16_t* input, int32_t count, int32_t, Element* to) {
    for (int32_t i = 0; i < count; ++i) to[i] = input[i];
  }
};

template <>
struct ArmDspMachine<int8_t> : ArmDspInputs {
  using Weight = int8_t;
  static inline Weights load_weights(const Weight* w) {
    int32_t bytes;
    __builtin_memcpy(&bytes, __builtin_assume_aligned(w, 4), sizeof bytes);
    Weights out;
    out.low = __sxtb16(bytes);
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(out.high) : "r"(bytes));
    return out;
  }
};

template <>
struct ArmDspMachine<int16_t> : ArmDspInputs {
  using Weight = int16_t;
  static inline Weights load_weights(const Weight* w) {
    Weights out;
    __builtin_memcpy(&out, __builtin_assume_aligned(w, 4), sizeof out);
    return out;
  }
};

}  // namespace stapes
