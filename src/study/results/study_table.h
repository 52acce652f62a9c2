// SPDX-License-Identifier: Apache-2.0
// study_table.h: the accuracies of a study as a table of text.
#pragma once

#include <string>

#include "study/results/study_results.h"

namespace stapes {

// A row for each series, a column for each choice of classes: mean over folds, ten crops, its 95 % interval, a mark
// where training was shorter than published; bytes and MACs of the packed model at the last choice. What the figures
// are stands below it.
std::string study_table(const StudyResults& results);

}  // namespace stapes
