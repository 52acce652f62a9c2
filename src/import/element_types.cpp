// SPDX-License-Identifier: Apache-2.0
#include "import/element_types.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/error.h"

namespace stapes::imports {
namespace {

template <class T>
T load(const std::byte* element) {
  T value;
  std::memcpy(&value, element, sizeof(T));
  return value;
}

}  // namespace

float from_float32(const std::byte* element) { return load<float>(element); }

float from_float64(const std::byte* element) { return static_cast<float>(load<double>(element)); }

float from_float16(const std::byte* element) {
  const auto bits = load<std::uint16_t>(element);
  const int exponent = (bits >> 10) & 0x1f, mantissa = bits & 0x3ff;
  const float sign = (bits & 0x8000) != 0 ? -1.0f : 1.0f;
  if (exponent == 0x1f) return mantissa == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
  return sign * std::ldexp(static_cast<float>(mantissa + 0x400), exponent - 25);
}

float from_bfloat16(const std::byte* element) {
  return std::bit_cast<float>(std::uint32_t{load<std::uint16_t>(element)} << 16);
}

bool is_step_counter(std::string_view name) {
  return name.ends_with("num_batches_tracked") || name.ends_with("n_averaged");
}

void check_finite(const std::string& name, const FloatTensor& tensor) {
  if (!std::all_of(tensor.values.begin(), tensor.values.end(), [](float v) { return std::isfinite(v); })) {
    throw Error("tensor {} holds a NaN or an infinity: training diverged or the file is damaged", name);
  }
}

}  // namespace stapes::imports
