// SPDX-License-Identifier: Apache-2.0
// real_range.h: a range check that, unlike CLI::Range, rejects "nan".
#pragma once

#include <fmt/format.h>

#include <string>

#include "cli/cli11.h"

namespace stapes::cli {

inline CLI::Validator real_range(double least, double most) {
  const std::string range = fmt::format("{} to {}", least, most);
  const auto check = [=](const std::string& text) {
    double value = 0;
    const bool fits = CLI::detail::lexical_cast(text, value) && value >= least && value <= most;
    return fits ? std::string() : fmt::format("'{}' is not a number from {}", text, range);
  };
  return {check, range, "real range"};
}

}  // namespace stapes::cli
