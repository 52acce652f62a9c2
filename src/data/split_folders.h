// SPDX-License-Identifier: Apache-2.0
// split_folders.h: train/CLASS/, test/CLASS/ and perhaps val/CLASS/: a split that comes with the files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/import.h"

namespace stapes {

struct PartFolder {
  std::filesystem::path path;
  int part = 0;  // kTestPart, ...
};

// The parts that `dir` holds with a folder per class, training first: train or training, test or testing, and val,
// valid or validation, in small or capital letters. None: `dir` holds no split, or is no folder. Throws Error when it
// holds some parts of a split but not both training and test, or two folders for one part.
std::vector<PartFolder> split_parts(const std::filesystem::path& dir);

// Their files; each is its own source. A class is a class in whatever part it is. Format `format`, which
// is_published_split() knows.
ImportPlan plan_split(const std::filesystem::path& dir, const std::vector<PartFolder>& parts,
                      const std::string& format);

}  // namespace stapes
