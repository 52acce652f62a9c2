// SPDX-License-Identifier: Apache-2.0
// quantity.h: sizes, times, currents and batteries in options.
#pragma once

#include <cstdint>
#include <string>

namespace stapes {

// "128K": K = 1024, M = 1024 * 1024 bytes; without a letter, bytes. Throws UsageError naming `option`.
std::int64_t parse_bytes(const std::string& text, const std::string& option);

// "15M": K = 1000, M = 10^6, G = 10^9; without a letter, a plain number. Throws UsageError naming `option`.
std::int64_t parse_count(const std::string& text, const std::string& option);

// "200ms" or "1.5s": more than 0, at most 10^6 s; the unit is required. Throws UsageError naming `option`.
double parse_milliseconds(const std::string& text, const std::string& option);

// "200ms", "1.5s", "10min" or "1h", in seconds: 1 us to a year. Throws UsageError naming `option`.
double parse_interval(const std::string& text, const std::string& option);

// "5uA", "300nA" or "0.8mA", in amperes: 0 to 1 A. Throws UsageError naming `option`.
double parse_current(const std::string& text, const std::string& option);

struct Battery {
  double ampere_hours = 0, volts = 0;

  double joules() const { return ampere_hours * 3600 * volts; }
};

// "1000mAh@3V" or "2.4Ah@3.7V". Throws UsageError naming `option`.
Battery parse_battery(const std::string& text, const std::string& option);

}  // namespace stapes
