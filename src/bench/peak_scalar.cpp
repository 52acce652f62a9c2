// SPDX-License-Identifier: Apache-2.0
// Plain loops for the baseline processor. Operands are short arrays in the L1 cache, because plain code cannot name
// registers.
#include "bench/peak_loops.h"
#include "kernels/bits.h"

namespace stapes {
namespace {

constexpr int kElements = 256, kWords = 256;

// Makes the compiler assume that both arrays have changed; otherwise it would multiply by their initial zeros.
template <class T>
inline void forget(T* a, T* b) {
  asm volatile("" : : "r"(a), "r"(b) : "memory");
}

// A plain sum, since integers may be added in any order.
template <class Element>
uint32_t dot(uint32_t steps) {
  static Element a[kElements], b[kElements];
  int32_t sum = 0;
  for (uint32_t step = 0; step < steps; ++step) {
    forget(a, b);
    for (int i = 0; i < kElements; ++i) sum += a[i] * b[i];
  }
  return static_cast<uint32_t>(sum);
}

}  // namespace

// Adds in lanes, like the float kernels (kernels/dot_f32.h).
uint32_t peak_f32_scalar(uint32_t steps) noexcept {
  static float a[kElements], b[kElements];
  float lane[8] = {};
  for (uint32_t step = 0; step < steps; ++step) {
    forget(a, b);
    for (int i = 0; i < kElements; i += 8) {
      for (int j = 0; j < 8; ++j) lane[j] += a[i + j] * b[i + j];
    }
  }
  float sum = 0;
  for (const float value : lane) sum += value;
  return static_cast<uint32_t>(sum);
}

uint32_t peak_i16_scalar(uint32_t steps) noexcept { return dot<int16_t>(steps); }
uint32_t peak_i8_scalar(uint32_t steps) noexcept { return dot<int8_t>(steps); }

uint32_t peak_bits_scalar(uint32_t steps) noexcept {
  static uint32_t a[kWords], b[kWords];
  int32_t differing = 0;
  for (uint32_t step = 0; step < steps; ++step) {
    forget(a, b);
    for (int i = 0; i < kWords; ++i) differing += popcount32(a[i] ^ b[i]);
  }
  return static_cast<uint32_t>(differing);
}

uint32_t load_scalar(const uint8_t* bytes, size_t count) noexcept {
  const uint64_t* words = reinterpret_cast<const uint64_t*>(bytes);
  uint64_t lane[8] = {};
  for (size_t i = 0; i < count / 8; i += 8) {
    for (size_t j = 0; j < 8; ++j) lane[j] |= words[i + j];
  }
  uint64_t all = 0;
  for (const uint64_t value : lane) all |= value;
  return static_cast<uint32_t>(all);
}

}  // namespace stapes
