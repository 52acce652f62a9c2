// SPDX-License-Identifier: Apache-2.0
#include "study/plan/checked_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace stapes {

std::string checked_name(const TomlTable& table, const std::string& key, const std::string& name, std::size_t longest) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
  };
  if (name.empty() || name.size() > longest || name.front() == '.' || !std::ranges::all_of(name, fits)) {
    table.fail(key, fmt::format("invalid name '{}'; use up to {} letters, digits, . _ or -, not starting with a dot",
                                name, longest));
  }
  return name;
}

}  // namespace stapes
