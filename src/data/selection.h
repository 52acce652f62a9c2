// selection.h: which clips of a data set take part, and under which label.
#pragma once

#include <string_view>

#include "data/data_set.h"

namespace stapes {

// `classes` is one of
//   "all"                            every class that has clips, in label order
//   "esc10" ... "esc50"              the nested subsets of ESC-50 in their published label order (format esc50 only)
//   "0,10,11"                        label numbers; new label = position in the list
// Throws UsageError naming what is wrong; also when a class named has no clip at all.
ClipSet select_classes(const DataSet& data, std::string_view classes);

// The clips of one fold, or of all others. Throws UsageError naming the folds that exist; also when nothing is left.
ClipSet only_fold(const ClipSet& set, int fold);
ClipSet without_fold(const ClipSet& set, int fold);

}  // namespace stapes
