// SPDX-License-Identifier: Apache-2.0
#include "base/environment.h"

#include <unistd.h>

#include <string_view>

namespace stapes {

std::vector<std::string> environment_with(const Environment& changes) {
  std::vector<std::string> variables;
  for (char** v = environ; *v != nullptr; ++v) {
    const std::string_view variable = *v;
    const auto replaced = [&](const auto& change) { return variable.starts_with(change.first + "="); };
    bool kept = true;
    for (const auto& change : changes) kept = kept && !replaced(change);
    if (kept) variables.emplace_back(variable);
  }
  for (const auto& [name, value] : changes) variables.push_back(name + "=" + value);
  return variables;
}

}  // namespace stapes
