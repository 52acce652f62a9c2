// SPDX-License-Identifier: Apache-2.0
#include "base/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace stapes {

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<int> row(b.size() + 1);  // edit distances from a's first i letters to each prefix of b
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i) + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const int replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

std::string nearest_name(std::string_view wanted, std::span<const std::string> names) {
  constexpr std::size_t kLongest = 100;  // bounds the time: a hostile file may contain names megabytes long
  wanted = wanted.substr(0, kLongest);
  const auto nearest = std::min_element(names.begin(), names.end(), [&](const auto& a, const auto& b) {
    return edit_distance(wanted, std::string_view(a).substr(0, kLongest)) <
           edit_distance(wanted, std::string_view(b).substr(0, kLongest));
  });
  return nearest == names.end() ? std::string() : *nearest;
}

}  // namespace stapes
