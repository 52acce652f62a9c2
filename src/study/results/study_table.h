// SPDX-License-Identifier: Apache-2.0
// study_table.h: the accuracies of a study as a text table.
#pragma once

#include <string>

#include "study/results/study_results.h"

namespace stapes {

// One row per series, one column per choice of classes: mean accuracy over folds (ten crops) with 95 % interval,
// marked if under-trained. Then bytes and MACs for the last choice, and a legend.
std::string study_table(const StudyResults& results);

}  // namespace stapes
