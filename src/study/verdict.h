// verdict.h: several packed models on the same clips, side by side: what a decision needs.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "evaluate/evaluation.h"

namespace stapes {

struct VerdictRow {
  std::filesystem::path file;
  std::string route;
  Evaluation ten_crops{0}, single_window{0};  // measured on the packed form
  std::int64_t file_bytes = 0;                // measured
  std::int64_t parameters_fp32 = 0, parameters_int8 = 0, parameters_int16 = 0, parameters_binary = 0;  // counted
  std::int64_t macs = 0, binary_macs = 0;  // counted; macs includes binary_macs
  std::int64_t arena_bytes = 0;            // counted by the planner, exact
  double host_milliseconds = 0;            // measured: median of one window, one thread
};

// Throws Error when a model does not fit the clips.
VerdictRow judge(const std::filesystem::path& model, const ClipSet& clips, int threads);

nlohmann::json to_json(const VerdictRow& row);

// The table as text, a line per row, and below it what was measured and what was counted.
std::string verdict_table(const std::vector<VerdictRow>& rows);

}  // namespace stapes
