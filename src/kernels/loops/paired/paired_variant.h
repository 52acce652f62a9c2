// SPDX-License-Identifier: Apache-2.0
// paired_variant.h: the entry of a paired kernel in its operator's list. Its weights are laid out here, by code for any
// processor.
#pragma once

#include "kernels/loops/paired/paired_layout.h"
#include "kernels/requantize.h"

namespace stapes {

// SXTB16 widens bytes 0 and 2 of a word, and with a rotation 1 and 3: tiles have them in this order.
struct ArmDspPairedSizes {
  static constexpr int32_t place_of(int32_t i) { return i == 1 ? 2 : i == 2 ? 1 : i; }
};

static inline bool paired_is_constant(const int8_t* filter, int32_t taps) {
  for (int32_t i = 0; i < taps; ++i) {
    if (filter[i] != 0) return false;
  }
  return true;
}

// Offsets and sums stay in int32 up to here: |zero point| * 2^22 + 2^21 + 2^30 < 2^31.
static inline bool paired_accepts_shift(int32_t multiplier, int32_t shift) {
  constexpr int32_t kMostRight = 22;
  return multiplier == 0 || (shift <= -1 && shift >= -kMostRight);
}

// Two filters can share 16 bits, and what paired_layout.h says of their sums holds.
static inline bool paired_accepts_filters(const int8_t* first, const int8_t* second, int32_t taps, int32_t largest) {
  int32_t sum = 0;
  for (int32_t i = 0; i < taps; ++i) {
    if (second[i] == INT8_MIN && first[i] < 0) return false;
    sum += second[i] < 0 ? -second[i] : second[i];
  }
  return int64_t{sum} * largest < int64_t{1} << 23;
}

static inline bool paired_accepts(const ConvI8Args<int8_t, int8_t>& a) noexcept {
  if (a.minimum != INT8_MIN || a.maximum != INT8_MAX) return false;
  const int32_t taps = static_cast<int32_t>(filter_size(a.shape));
  const int32_t largest = a.in_zero_point < 0 ? INT8_MAX - a.in_zero_point : a.in_zero_point - INT8_MIN;
  const int8_t* filter = a.weights;
  for (int32_t o = 0; o < a.shape.out_c; ++o, filter += taps) {
    if (!paired_accepts_shift(a.multiplier[o], a.shift[o]) && !paired_is_constant(filter, taps)) return false;
    if (o % 2 != 0 && !paired_accepts_filters(filter - taps, filter, taps, largest)) return false;
  }
  return true;
}

static inline PairedFinish paired_finish(const ConvI8Args<int8_t, int8_t>& a, int32_t o, bool constant) {
  if (constant) {  // of any shift
    const int32_t value = a.out_zero_point + rescale(a.bias[o], a.multiplier[o], a.shift[o]);
    return {0, 0, 2 * clamp_to<int8_t>(value, a.minimum, a.maximum), 1};
  }
  const int32_t right = a.multiplier[o] == 0 ? 1 : -a.shift[o];
  return {2 * a.bias[o], a.multiplier[o], a.out_zero_point * (int32_t{1} << right) + (int32_t{1} << (right - 1)),
          right};
}

template <class Sizes>
static inline void prepare_paired(const ConvI8Args<int8_t, int8_t>& a, void* prepared) noexcept {
  const int32_t taps = static_cast<int32_t>(filter_size(a.shape)), run = paired_run(a.shape);
  auto* to = static_cast<unsigned char*>(prepared);
  for (int32_t o = 0; o < a.shape.out_c; o += 2) {
    const int8_t* const first = a.weights + static_cast<ptrdiff_t>(o) * taps;
    const int8_t* const second = first + taps;
    auto* const weights = reinterpret_cast<int16_t*>(to);
    for (int32_t i = 0; i < run; ++i) {
      const int32_t both = i < taps ? second[i] * 256 + first[i] : 0;
      weights[i / kPairedChunk * kPairedChunk + Sizes::place_of(i % kPairedChunk)] = static_cast<int16_t>(both);
    }
    auto* const finish = reinterpret_cast<PairedFinish*>(weights + run);
    finish[0] = paired_finish(a, o, paired_is_constant(first, taps));
    finish[1] = paired_finish(a, o + 1, paired_is_constant(second, taps));
    to += paired_pair_bytes(a.shape);
  }
}

template <class Sizes>
constexpr Variant<ConvI8Args<int8_t, int8_t>> paired_variant(
    Isa isa, void (*run)(const ConvI8Args<int8_t, int8_t>&) noexcept) noexcept {
  return {isa,
          run,
          paired_scratch_bytes,
          paired_prepared_bytes,
          prepare_paired<Sizes>,
          paired_suits,
          "paired",
          true,
          paired_accepts,
          true};
}

}  // namespace stapes
