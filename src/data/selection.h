// SPDX-License-Identifier: Apache-2.0
// selection.h: selects clips of a data set and their labels.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/data_set.h"

namespace stapes {

// clang-format off
// `classes` is one of
//   "all"                            every class with clips, in label order
//   "esc10" ... "esc50"              the nested subsets of ESC-50 in their published label order (format esc50 only)
//   "ae10", "ae20", "ae28"           the published subsets of AudioEvent (format audioevent only)
//   "cifar100:10" ... "cifar100:90"  the published subsets with k = 10, 20, ... classes: fine labels 10 i + j,
//                                    j < k / 10 (format cifar100 only)
//   "first:2", "first:3", ...        the first labels of any data set
//   "dog,cat" or "0,10,11"           class names or numbers; new label = position in the list. Names are compared
//                                    in the form of class_name_of() and take precedence; if any class name is a
//                                    number, all numbers are names
// clang-format on
// Throws UsageError naming the problem; also if a named class has no clips.
ClipSet select_classes(const DataSet& data, std::string_view classes);

// The clips of the test fold, or of all other folds. Throws UsageError if `set` does not have the fold, if no clips are
// left, and for a part of a published split other than the test part.
ClipSet only_fold(const ClipSet& set, int fold);
ClipSet without_fold(const ClipSet& set, int fold);

// All folds, ascending; for a published split, only the test part.
std::vector<int> test_folds(const ClipSet& set);

}  // namespace stapes
