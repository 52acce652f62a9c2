// SPDX-License-Identifier: Apache-2.0
#include "study/results/matched_clips.h"

#include <unordered_map>
#include <unordered_set>

#include "base/error.h"

namespace stapes {
namespace {

[[noreturn]] void fail(const CellResult& first, const CellResult& second, const std::string& problem) {
  throw Error("{} and {} cannot be compared: {}; were they run on the same data?", describe(first.id),
              describe(second.id), problem);
}

bool is_right(const ClipDecision& clip, Protocol protocol) {
  return (protocol == Protocol::kTenCrops ? clip.ten_crops : clip.single_window) == clip.label;
}

}  // namespace

std::vector<MatchedClip> match_clips(const CellResult& first, const CellResult& second, Protocol protocol) {
  if (first.labels != second.labels) fail(first, second, "their classes differ");
  std::unordered_map<std::string_view, const ClipDecision*> by_name;
  for (const ClipDecision& clip : second.clips) {
    if (!by_name.emplace(clip.name, &clip).second) {
      fail(first, second, "in the second, two clips are named " + clip.name);
    }
  }
  std::vector<MatchedClip> matched;
  std::unordered_set<std::string_view> names;
  for (const ClipDecision& clip : first.clips) {
    if (!names.insert(clip.name).second) fail(first, second, "in the first, two clips are named " + clip.name);
    const auto found = by_name.find(clip.name);
    if (found == by_name.end()) fail(first, second, "only the first was tested on clip " + clip.name);
    const ClipDecision& other = *found->second;
    if (other.label != clip.label) fail(first, second, "the label of clip " + clip.name + " differs");
    matched.push_back({.source = clip.source.empty() ? clip.name : clip.source,
                       .first_right = is_right(clip, protocol),
                       .second_right = is_right(other, protocol)});
    by_name.erase(found);
  }
  if (!by_name.empty()) fail(first, second, "only the second was tested on clip " + by_name.begin()->second->name);
  return matched;
}

std::vector<MatchedCells> match_cells(const SeriesPoint& first, const SeriesPoint& second) {
  std::vector<MatchedCells> matched;
  for (const FinishedCell* mine : first.cells) {
    for (const FinishedCell* other : second.cells) {
      const CellId &a = mine->result.id, &b = other->result.id;
      if (a.fold == b.fold && a.seed == b.seed) matched.emplace_back(&mine->result, &other->result);
    }
  }
  return matched;
}

}  // namespace stapes
