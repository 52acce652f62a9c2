// SPDX-License-Identifier: Apache-2.0
#include "base/quantity.h"

#include <charconv>
#include <cmath>
#include <string_view>

#include "base/error.h"

namespace stapes {
namespace {

constexpr double kLargest = 1e15;  // far above any model, exact in a double
constexpr double kLongestMs = 1e9;

// The number in front of at most one of `letters`; each letter multiplies by `step` once more than the one before.
std::int64_t parse(const std::string& text, std::string_view letters, double step, const std::string& option,
                   const char* example) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  const auto letter = next == end ? std::string_view::npos : letters.find(*next);
  const bool whole = error == std::errc() && (next == end || (next + 1 == end && letter != std::string_view::npos));
  if (whole && next != end) value *= std::pow(step, static_cast<double>(letter + 1));
  if (!whole || !(value >= 1 && value <= kLargest)) {
    throw UsageError("{} {}: expected a number of at least 1 such as {}", option, text, example);
  }
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::int64_t parse_bytes(const std::string& text, const std::string& option) {
  return parse(text, "KM", 1024, option, "131072, 128K or 1.5M (K = 1024 bytes)");
}

std::int64_t parse_count(const std::string& text, const std::string& option) {
  return parse(text, "KMG", 1000, option, "15000000, 15M or 0.5G");
}

double parse_milliseconds(const std::string& text, const std::string& option) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  const std::string_view unit(next, static_cast<std::size_t>(end - next));
  const double milliseconds = value * (unit == "s" ? 1e3 : 1);
  if (error != std::errc() || (unit != "ms" && unit != "s") || !(milliseconds > 0 && milliseconds <= kLongestMs)) {
    throw UsageError("{} {}: expected a time such as 200ms or 1.5s", option, text);
  }
  return milliseconds;
}

}  // namespace stapes
