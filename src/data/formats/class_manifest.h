// SPDX-License-Identifier: Apache-2.0
// class_manifest.h: data sets with a CSV table that lists the file, fold, class number and class of each clip.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "data/formats/csv.h"
#include "data/formats/import.h"

namespace stapes {

// Describes a table: its file, its column names and how to read a line.
struct ManifestLayout {
  std::string format;
  std::filesystem::path csv;
  std::string name_column, number_column, class_column;  // the fold column is always "fold"
  int class_count = 0, fold_count = 0;
  std::function<std::filesystem::path(const std::string& name, int fold)> file;
  std::function<std::string(const CsvTable& table, const CsvRow& row)> source;
};

// The label is the class number, so that a partial data set has the labels of the full one. Skips and reports clips
// that find_recording() does not find. Throws Error naming the line if a number is out of range, classes and numbers do
// not map one to one, a clip is listed twice, or a file name points outside the folder.
ImportPlan plan_from_manifest(const ManifestLayout& layout);

}  // namespace stapes
