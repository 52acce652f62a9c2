// SPDX-License-Identifier: Apache-2.0
// study_table.h: the accuracies of a study as a text table.
#pragma once

#include <string>

#include "study/results/study_results.h"

namespace stapes {

// One row per series, one column per choice of classes: mean over folds, ten crops, 95 % interval, a mark for
// under-trained models; bytes and MACs of the packed model for the last choice. A legend follows.
std::string study_table(const StudyResults& results);

}  // namespace stapes
