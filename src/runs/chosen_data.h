// SPDX-License-Identifier: Apache-2.0
// chosen_data.h: a data set, the selected classes and the test fold.
#pragma once

#include <filesystem>
#include <string>

#include "data/data_set.h"
#include "runs/lineage.h"
#include "runs/run_folder.h"

namespace stapes {

struct DataOptions {
  std::filesystem::path data;
  std::string classes = "all";
  int fold = 1;
};

// The clips point into `data`.
struct ChosenData {
  explicit ChosenData(const DataOptions& options);

  ClipSet test() const;
  ClipSet training() const;
  Lineage lineage() const { return {data.hash(), fold}; }

  DataSet data;
  ClipSet clips;
  int fold;
};

// Throws Error if the data set has changed since training.
ChosenData data_of(const RunFolder& run);

// "--classes 0,10,11 are dog, rain, sea" if `classes` names classes by number; otherwise empty.
std::string meaning_of_numbers(const std::string& classes, const ClipSet& chosen);

}  // namespace stapes
