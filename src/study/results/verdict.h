// SPDX-License-Identifier: Apache-2.0
// verdict.h: compares several packed models on the same clips.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "evaluate/evaluation.h"
#include "evaluate/open_set.h"
#include "runs/lineage.h"
#include "stapes/isa.h"

namespace stapes {

struct VerdictRow {
  std::filesystem::path file;
  std::string form;
  InputKind kind = InputKind::kSound;                // images and features: ten_crops and single_window are equal
  Evaluation ten_crops{0}, single_window{0};         // measured on the packed form
  std::optional<OpenSet> open_set, window_open_set;  // if the model has a class unknown or background
  std::int64_t file_bytes = 0;                       // measured
  std::int64_t parameters_fp32 = 0, parameters_int8 = 0, parameters_int16 = 0, parameters_binary = 0;  // counted
  std::int64_t macs = 0, binary_macs = 0;  // counted; macs includes binary_macs
  std::vector<int> widths;                 // filters of each convolution
  std::int64_t arena_bytes = 0;            // from the planner, exact
  std::string caveats;                     // why its accuracies may be optimistic; empty = none known (runs/lineage.h)
  double host_ms = 0;                      // measured: median of one window, one thread
};

// Evaluates `model` on `test`. Throws Error if the model does not fit the clips, UsageError if the model or an ancestor
// was trained on them.
//   own  data set and fold of `test`
//   isa  kernels; empty = the best on this machine
VerdictRow judge(const std::filesystem::path& model, const ClipSet& test, const Lineage& own, int threads,
                 std::optional<Isa> isa = std::nullopt);

nlohmann::json to_json(const VerdictRow& row);

// One row per model, and a note on measured and counted figures.
std::string verdict_table(const std::vector<VerdictRow>& rows);

}  // namespace stapes
