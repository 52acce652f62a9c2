// narrow_machine_plain.h: products in standard C++, two at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/narrow/narrow_layout.h"

namespace stapes {

template <class StoredWeight>
struct PlainMachine : PlainSizes {
  using Weight = StoredWeight;

  struct Weights {
    int32_t of[kChunk];
  };
  static inline Weights load_weights(const Weight* w) { return {{w[0], w[1]}}; }
  static inline int32_t multiply_add(int32_t sum, const Element* x, const Weights& w) {
    return sum + x[0] * w.of[0] + x[1] * w.of[1];
  }
  template <class Input>
  static inline void load_elements(const Input* input, int32_t count, int32_t zero_point, Element* to) {
    for (int32_t i = 0; i < count; ++i) to[i] = static_cast<Element>(input[i] - zero_point);
  }
};

}  // namespace stapes
