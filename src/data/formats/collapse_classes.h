// SPDX-License-Identifier: Apache-2.0
// collapse_classes.h: merges classes of a data set into the class `unknown`.
#pragma once

#include <string>
#include <vector>

#include "data/formats/import.h"

namespace stapes {

// Relabels the clips of the named classes as kUnknownClass, the last label. Each element of `lists` is one class or a
// comma-separated list. Throws UsageError if a class does not exist or no other class is left.
void collapse_into_unknown(ImportPlan& plan, const std::vector<std::string>& lists);

// Changes the format to folders, images or features, since published class subsets no longer apply.
void leave_published_classes(ImportPlan& plan);

}  // namespace stapes
