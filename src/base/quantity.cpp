// SPDX-License-Identifier: Apache-2.0
#include "base/quantity.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace stapes {
namespace {

constexpr double kLargest = 1e15;  // far above any model, exact in a double
constexpr double kLongestMs = 1e9;

// A number followed by at most one of `letters`: the first multiplies by step, the second by step^2, and so on.
std::int64_t parse(const std::string& text, std::string_view letters, double step, const std::string& option,
                   const char* example) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  const auto letter = next == end ? std::string_view::npos : letters.find(*next);
  const bool whole = error == std::errc() && (next == end || (next + 1 == end && letter != std::string_view::npos));
  if (whole && next != end) value *= std::pow(step, static_cast<double>(letter + 1));
  if (!whole || !(value >= 1 && value <= kLargest)) {
    throw UsageError("{} '{}': expected a number from 1 to 10^15, such as {}", option, text, example);
  }
  return static_cast<std::int64_t>(value);
}

struct Unit {
  std::string_view name;
  double factor;
};

// A number directly followed by one of `units`; empty if `text` is anything else or out of range.
std::optional<double> with_unit(std::string_view text, std::initializer_list<Unit> units, double least, double most) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [next, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name != std::string_view(next, static_cast<std::size_t>(end - next))) continue;
    value *= unit.factor;
    return value >= least && value <= most ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

constexpr double kYearSeconds = 365.0 * 86400;
constexpr double kLargestBattery = 1e6;  // in ampere-hours, and in volts

}  // namespace

std::int64_t parse_bytes(const std::string& text, const std::string& option) {
  return parse(text, "KM", 1024, option, "131072, 128K or 1.5M (K = 1024 bytes)");
}

std::int64_t parse_count(const std::string& text, const std::string& option) {
  return parse(text, "KMG", 1000, option, "15000000, 15M or 0.5G");
}

double parse_milliseconds(const std::string& text, const std::string& option) {
  const auto milliseconds = with_unit(text, {{"ms", 1}, {"s", 1e3}}, std::numeric_limits<double>::min(), kLongestMs);
  if (!milliseconds)
    throw UsageError("{} '{}': expected a time above 0 and up to 1000000s, such as 200ms or 1.5s", option, text);
  return *milliseconds;
}

double parse_interval(const std::string& text, const std::string& option) {
  const auto seconds = with_unit(text, {{"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}}, 1e-6, kYearSeconds);
  if (!seconds)
    throw UsageError("{} '{}': expected a time from 0.001ms to a year, such as 200ms, 1s or 10min", option, text);
  return *seconds;
}

double parse_current(const std::string& text, const std::string& option) {
  const auto amperes = with_unit(text, {{"nA", 1e-9}, {"uA", 1e-6}, {"\u00b5A", 1e-6}, {"mA", 1e-3}}, 0, 1);
  if (!amperes) throw UsageError("{} '{}': expected a current of at most 1000mA, such as 5uA or 0.8mA", option, text);
  return *amperes;
}

Battery parse_battery(const std::string& text, const std::string& option) {
  const std::string_view all = text;
  const std::size_t at = std::min(all.find('@'), all.size());
  const auto charge = with_unit(all.substr(0, at), {{"mAh", 1e-3}, {"Ah", 1}}, 1e-6, kLargestBattery);
  const auto volts = with_unit(all.substr(std::min(at + 1, all.size())), {{"V", 1}}, 1e-3, kLargestBattery);
  if (!charge || !volts) {
    throw UsageError("{} '{}': expected a charge and a voltage, such as 1000mAh@3V or 2.4Ah@3.7V", option, text);
  }
  return {.ampere_hours = *charge, .volts = *volts};
}

}  // namespace stapes
