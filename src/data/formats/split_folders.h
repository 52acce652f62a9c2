// SPDX-License-Identifier: Apache-2.0
// split_folders.h: recognizes a split into train/CLASS/, test/CLASS/ and optionally val/CLASS/.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/formats/import.h"

namespace stapes {

struct PartFolder {
  std::filesystem::path path;
  int part = 0;  // kTestPart, ...
};

// The parts in `dir` with a folder per class, training first: train or training; test or testing; val, valid or
// validation; upper or lower case. Empty if `dir` has no split. Throws Error for a split without training or test, or
// with two folders for one part.
std::vector<PartFolder> split_parts(const std::filesystem::path& dir);

// Plans the import of the files in `parts`; each file is its own source. A class may be missing from some parts.
// `format` must be known to is_published_split().
ImportPlan plan_split(const std::filesystem::path& dir, const std::vector<PartFolder>& parts,
                      const std::string& format);

}  // namespace stapes
