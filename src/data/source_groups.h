// SPDX-License-Identifier: Apache-2.0
// source_groups.h: the clips of one source, which a split must keep together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace stapes {

struct SourceAndLabel {
  std::string_view source;
  int label = 0;
};

// Covers all classes. Borrows `name` from the clips.
struct SourceGroup {
  std::string_view name;
  std::uint64_t rank = 0;  // hash of (seed, name): shuffles independently of the file order
  std::size_t clip_count = 0;
  std::map<int, std::size_t> clips_of_label;
};

// The sources of `clips` (one element per clip), by ascending rank.
std::vector<SourceGroup> group_by_source(const std::vector<SourceAndLabel>& clips, std::uint64_t seed);

}  // namespace stapes
