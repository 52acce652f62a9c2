// SPDX-License-Identifier: Apache-2.0
#include "data/source_groups.h"

#include <algorithm>
#include <tuple>

#include "base/content_hash.h"

namespace stapes {

std::vector<SourceGroup> group_by_source(const std::vector<SourceAndLabel>& clips, std::uint64_t seed) {
  std::map<std::string_view, SourceGroup> by_name;
  for (const SourceAndLabel& clip : clips) {
    SourceGroup& group = by_name[clip.source];
    ++group.clips_of_label[clip.label];
    ++group.clip_count;
  }
  std::vector<SourceGroup> groups;
  for (auto& [name, group] : by_name) {
    ContentHash hash;
    hash.add(seed);
    hash.add(name);
    group.name = name;
    group.rank = hash.value();
    groups.push_back(std::move(group));
  }
  std::sort(groups.begin(), groups.end(), [](const SourceGroup& a, const SourceGroup& b) {
    return std::tie(a.rank, a.name) < std::tie(b.rank, b.name);
  });
  return groups;
}

}  // namespace stapes
