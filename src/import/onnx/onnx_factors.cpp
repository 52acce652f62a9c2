// SPDX-License-Identifier: Apache-2.0
#include "import/onnx/onnx_factors.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace stapes {
namespace {

// Two float scales and their quotient each have a rounding error of half a unit in the 24th bit.
constexpr double kFloatFactor = 1e-6;

}  // namespace

std::string factors_text(const std::vector<FixedPointFactor>& factors) {
  std::string text;
  for (const FixedPointFactor& f : factors) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", f.multiplier, f.shift);
  }
  return text;
}

std::optional<std::vector<FixedPointFactor>> parse_factors(const std::string& text) {
  std::vector<FixedPointFactor> factors;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    FixedPointFactor factor{};
    const auto multiplier = std::from_chars(at, end, factor.multiplier);
    if (multiplier.ec != std::errc() || multiplier.ptr == end || *multiplier.ptr != ':') return std::nullopt;
    const auto shift = std::from_chars(multiplier.ptr + 1, end, factor.shift);
    if (shift.ec != std::errc()) return std::nullopt;
    factors.push_back(factor);
    if (shift.ptr == end) return factors;
    if (*shift.ptr != ',') return std::nullopt;
    at = shift.ptr + 1;
  }
}

bool refines(const FixedPointFactor& given, double factor) {
  if (given.multiplier == 0) return given.shift == 0 && factor < std::ldexp(1.0, -32);
  const bool valid = given.multiplier >= 1 << 30 && given.shift >= -31 && given.shift <= 30;
  const double exact = std::ldexp(static_cast<double>(given.multiplier), given.shift - 31);
  return valid && std::abs(exact - factor) <= kFloatFactor * factor;
}

}  // namespace stapes
