// SPDX-License-Identifier: Apache-2.0
// folders.h: assigns folds to data sets of plain folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/formats/import.h"

namespace stapes {

// Assigns folds 1 to `folds`. A source stays in one fold; each class is spread evenly. The result does not depend on
// the order of `clips`. Returns warnings about classes with fewer sources than folds. Throws UsageError unless `folds`
// is 2 to kMaxFolds.
std::vector<std::string> assign_folds(std::vector<ClipPlan>& clips, const std::vector<std::string>& labels, int folds,
                                      std::uint64_t seed);

// Calls assign_folds() with --folds. The default is kUsualFolds, or fewer if some folds would be empty. Sources must be
// set. Adds warnings and notes to the plan. Throws UsageError if no folds can be made.
void deal_folds(ImportPlan& plan, const ImportOptions& options);

// Plans the import of DIR/CLASS/ as `format`, or of a split (split_folders.h) as `format`-split. Throws like
// import_folders().
ImportPlan plan_folders(const std::filesystem::path& dir, const ImportOptions& options, const std::string& format);

}  // namespace stapes
