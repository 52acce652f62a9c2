// What a compiler makes of plain loops for the processor every program runs on: what the scalar kernels can reach. Short
// arrays in the first-level cache, because plain code has no registers to name.
#include "kernels/bits.h"
#include "measure/peak_loops.h"

namespace stapes {
namespace {

constexpr int kElements = 256;

// The compiler must believe that `values` may have changed.
template <class T>
inline void forget(T* values) {
  asm volatile("" : : "r"(values) : "memory");
}

template <class Sum, class Element>
uint32_t dot(uint32_t steps) {
  static Element a[kElements], b[kElements];
  Sum lane[8] = {};
  for (uint32_t step = 0; step < steps; ++step) {
    forget(a);
    for (int i = 0; i < kElements; i += 8) {
      for (int j = 0; j < 8; ++j) lane[j] += static_cast<Sum>(a[i + j]) * static_cast<Sum>(b[i + j]);
    }
  }
  Sum sum = 0;
  for (const Sum value : lane) sum += value;
  return static_cast<uint32_t>(sum);
}

}  // namespace

uint32_t peak_f32_scalar(uint32_t steps) noexcept { return dot<float, float>(steps); }
uint32_t peak_i16_scalar(uint32_t steps) noexcept { return dot<int32_t, int16_t>(steps); }
uint32_t peak_i8_scalar(uint32_t steps) noexcept { return dot<int32_t, int8_t>(steps); }

uint32_t peak_bits_scalar(uint32_t steps) noexcept {
  static uint32_t a[kElements / 32], b[kElements / 32];
  int32_t differing = 0;
  for (uint32_t step = 0; step < steps; ++step) {
    forget(a);
    for (int i = 0; i < kElements / 32; ++i) differing += popcount32(a[i] ^ b[i]);
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
