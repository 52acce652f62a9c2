// SPDX-License-Identifier: Apache-2.0
// new_plan.h: `stapes new` makes a study plan from a folder of clips or a data set.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "data/data_set.h"
#include "data/formats/layout.h"

namespace stapes {

struct NewPlanRequest {
  std::filesystem::path from;  // a folder of clips, or a data set
  std::filesystem::path plan;  // output
  std::filesystem::path data;  // output if `from` is a folder; empty: the plan's name with .data
  std::string name;            // of the study; empty: the plan's file name
  std::string classes = "all";
  int fold = 1;
  std::optional<int> epochs;  // of the full-precision route; empty: from the budget
  std::string target = "cortex-m4";
  std::uint64_t seed = 1;
  std::size_t limit = 0;  // see ImportOptions
  int threads = 0;
  Existing existing = Existing::kRefuse;
  std::function<void(std::size_t done, std::size_t total)> progress = {};
};

struct NewPlan {
  std::string text;
  std::filesystem::path data;
  std::optional<Layout> layout;        // only for a folder
  std::optional<ImportReport> report;  // of the import of a folder
};

// Writes the plan and, for a folder, its data set. Throws like recognize_layout(), import_layout() and DataSet. Also
// throws UsageError for unknown classes, folds or targets.
NewPlan make_plan(const NewPlanRequest& request);

// `origin`: the command that made the data set; empty: unknown.
std::string plan_text_for(const NewPlanRequest& request, const DataSet& data, const std::filesystem::path& data_path,
                          const std::string& origin);

}  // namespace stapes
