// SPDX-License-Identifier: Apache-2.0
// class_manifest.h: data sets with a CSV table of their clips.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "data/formats/csv.h"
#include "data/formats/import.h"

namespace stapes {

struct ManifestLayout {
  std::string format;
  std::filesystem::path csv;
  std::string name_column, number_column, class_column;  // the fold column is always "fold"
  int class_count = 0, fold_count = 0;
  std::function<std::filesystem::path(const std::string& name, int fold)> file;
  std::function<std::string(const CsvTable& table, const CsvRow& row)> source;
};

// Label = class number, so a partial data set has the labels of the full one. Skips and reports missing clips. Throws
// Error naming the line for a number out of range, a mapping of classes to numbers that is not one to one, a clip
// listed twice, or a file name outside the folder.
ImportPlan plan_from_manifest(const ManifestLayout& layout);

}  // namespace stapes
