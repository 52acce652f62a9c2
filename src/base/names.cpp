// SPDX-License-Identifier: Apache-2.0
#include "base/names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/nearest_name.h"

namespace stapes {
namespace {

std::string enumeration(const std::vector<std::string>& names, const char* before_last) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? before_last : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace

std::string alternatives(const std::vector<std::string>& names) { return enumeration(names, " or "); }

std::string conjunction(const std::vector<std::string>& names) { return enumeration(names, " and "); }

std::string braced(const std::vector<std::string>& names) { return fmt::format("{{{}}}", fmt::join(names, ", ")); }

std::string unknown_name(std::string_view what, std::string_view name, const std::vector<std::string>& known) {
  constexpr std::size_t kAtAGlance = 4;
  if (known.size() <= kAtAGlance) return fmt::format("unknown {} '{}'; choose {}", what, name, alternatives(known));
  return fmt::format("unknown {} '{}'; did you mean {}? Choose {}", what, name, nearest_name(name, known),
                     alternatives(known));
}

void refuse_unknown_name(std::string_view what, std::string_view name, std::vector<std::string> known) {
  throw UsageError("{}", unknown_name(what, name, known));
}

}  // namespace stapes
