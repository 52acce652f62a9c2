// SPDX-License-Identifier: Apache-2.0
// class_manifest.h: data sets that come with a CSV table of a line per clip: its file, fold, class number and class.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "data/formats/csv.h"
#include "data/formats/import.h"

namespace stapes {

// Which table, how its columns are called, and what a line of it means.
struct ManifestLayout {
  std::string format;
  std::filesystem::path csv;
  std::string name_column, number_column, class_column;  // the fold's is "fold" everywhere
  int class_count = 0, fold_count = 0;
  std::function<std::filesystem::path(const std::string& name, int fold)> file;
  std::function<std::string(const CsvTable& table, const CsvRow& row)> source;
};

// Label = class number, so a part of a data set keeps the numbers of the whole. A clip whose file is absent (under any
// extension of find_recording) is skipped and reported. Throws Error naming the line for a fold or class number out of
// range, a number with two names or a name with two numbers, a clip listed twice and a name that leaves the folder.
ImportPlan plan_from_manifest(const ManifestLayout& layout);

}  // namespace stapes
