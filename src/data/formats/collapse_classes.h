// SPDX-License-Identifier: Apache-2.0
// collapse_classes.h: many classes of a data set become the class `unknown`.
#pragma once

#include <string>
#include <vector>

#include "data/formats/import.h"

namespace stapes {

// Gives the clips of the named classes the label kUnknownClass, which comes last. Each
// element of `lists` is a class or several, with commas between. Sources and folds stay. Throws UsageError for a class
// that does not exist, and if no other class is left.
void collapse_into_unknown(ImportPlan& plan, const std::vector<std::string>& lists);

// Renames the format after a change of the classes: the published subsets of a format are of its own classes.
void leave_published_classes(ImportPlan& plan);

}  // namespace stapes
