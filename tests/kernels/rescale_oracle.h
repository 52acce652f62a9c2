// SPDX-License-Identifier: Apache-2.0
// rescale_oracle.h: the TFLite rescale by definition, in exact arithmetic that cannot overflow.
#pragma once

#include <cstdint>

namespace stapes::test {

// numerator / 2^bits to the nearest integer, ties up.
inline std::int64_t nearest_up(__int128 numerator, int bits) {
  const __int128 unit = static_cast<__int128>(1) << bits;
  const __int128 shifted = 2 * numerator + unit;
  __int128 quotient = shifted / (2 * unit);
  if (quotient * 2 * unit > shifted) --quotient;  // division truncates; this makes it floor
  return static_cast<std::int64_t>(quotient);
}

// Ties away from zero.
inline std::int64_t nearest_away(std::int64_t numerator, int bits) {
  return numerator < 0 ? -nearest_up(-static_cast<__int128>(numerator), bits) : nearest_up(numerator, bits);
}

// x is first shifted left. Rounded twice: x * multiplier / 2^31, ties up; then the right shift, ties away.
inline std::int64_t rescale_by_definition(std::int64_t x, std::int32_t multiplier, std::int32_t shift) {
  const int left = shift > 0 ? shift : 0, right = shift > 0 ? 0 : -shift;
  return nearest_away(nearest_up(static_cast<__int128>(x) * (std::int64_t{1} << left) * multiplier, 31), right);
}

// Rounded once, ties up.
inline std::int64_t rescale_once_by_definition(std::int64_t x, std::int32_t multiplier, std::int32_t shift) {
  return nearest_up(static_cast<__int128>(x) * multiplier, 31 - shift);
}

}  // namespace stapes::test
