// SPDX-License-Identifier: Apache-2.0
// count_parts.h: counts the occurrences of a string.
#pragma once

#include <string>

namespace stapes::test {

inline int count_parts(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace stapes::test
