// SPDX-License-Identifier: Apache-2.0
// matched_clips.h: matches the clips judged by two models.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "study/results/study_results.h"

namespace stapes {

// Borrows from the results.
struct MatchedClip {
  std::string_view source;  // a clip without a source is its own source
  bool first_right = false, second_right = false;

  int difference() const { return int{first_right} - int{second_right}; }
};

// Matched by name, in the order of `first`. Throws Error naming both cells if a clip is missing or a label differs.
std::vector<MatchedClip> match_clips(const CellResult& first, const CellResult& second, Protocol protocol);

using MatchedCells = std::pair<const CellResult*, const CellResult*>;

// Pairs of cells with equal fold and seed; others are omitted.
std::vector<MatchedCells> match_cells(const SeriesPoint& first, const SeriesPoint& second);

}  // namespace stapes
