// SPDX-License-Identifier: Apache-2.0
#include "runs/fold_runs.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file_lock.h"
#include "data/selection.h"

namespace stapes {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* kFoldsName = "folds.json";

fs::path run_path(const fs::path& folder, int fold) { return folder / fmt::format("fold-{}", fold); }

std::vector<std::unique_ptr<FileLock>> lock_all(const FoldRuns& runs) {
  std::vector<std::unique_ptr<FileLock>> locks;
  for (const int fold : runs.folds()) {
    const fs::path run = runs.run_of(fold);
    if (fs::exists(run)) locks.push_back(RunFolder::lock(run));
  }
  return locks;
}

}  // namespace

FoldRuns FoldRuns::create(const fs::path& path, const std::vector<TrainConfig>& configs, Existing existing) {
  std::vector<int> folds;
  for (const TrainConfig& config : configs) folds.push_back(config.fold);
  std::vector<std::unique_ptr<FileLock>> nobody_trains_them;
  if (is_one(path)) nobody_trains_them = lock_all(open(path));
  write_folder(path, existing, kFoldsName, [&](const fs::path& partial) {
    for (const TrainConfig& config : configs) {
      RunFolder::create(run_path(partial, config.fold), config, Existing::kRefuse);
    }
    write_text_file(partial / kFoldsName, json{{"folds", folds}}.dump() + "\n", Existing::kRefuse);
  });
  return FoldRuns(path, folds);
}

FoldRuns FoldRuns::open(const fs::path& path) {
  const fs::path file = path / kFoldsName;
  const json listed = json::parse(read_text_file(file), nullptr, /*allow_exceptions=*/false);
  const auto damaged = [&] {
    throw Error("{} is damaged; expected a list of folds such as {{\"folds\":[1,2]}}", file.string());
  };
  if (!listed.is_object() || !listed.contains("folds") || !listed["folds"].is_array()) damaged();
  std::vector<int> folds;
  for (const json& fold : listed["folds"]) {
    if (!fold.is_number_integer() || fold < 0 || fold > 1000000) damaged();
    folds.push_back(fold.get<int>());
  }
  if (folds.empty()) damaged();
  return FoldRuns(path, folds);
}

bool FoldRuns::is_one(const fs::path& path) { return fs::exists(path / kFoldsName); }

fs::path FoldRuns::run_of(int fold) const { return run_path(path_, fold); }

std::vector<FoldResult> FoldRuns::results() const {
  std::vector<FoldResult> results;
  for (const int fold : folds_) {
    const fs::path run = run_of(fold);
    FoldResult row{.fold = fold, .run = run.string(), .result = {}};
    if (fs::exists(run)) row.result = RunFolder::open(run).result();
    results.push_back(std::move(row));
  }
  return results;
}

bool finish_folds(const FoldRuns& runs, const FoldTrainer& train, const FoldObserver& observer) {
  bool all = true;
  for (const int fold : runs.folds()) {
    const RunFolder run = RunFolder::open(runs.run_of(fold));
    if (run.result()) continue;
    observer.begin(fold);
    try {
      train(run);
    } catch (const Busy& busy) {
      observer.left_out(fold, busy.what());
      all = false;
    }
  }
  return all;
}

std::vector<int> parse_folds(const std::string& text, const ClipSet& clips) {
  const std::vector<int> known = test_folds(clips);
  if (text == "all") return known;
  std::vector<int> folds;
  for (std::size_t from = 0; from <= text.size();) {
    const std::string part = text.substr(from, text.find(',', from) - from);
    from += part.size() + 1;
    const auto found = std::find_if(known.begin(), known.end(), [&](int k) { return std::to_string(k) == part; });
    if (found == known.end() || std::find(folds.begin(), folds.end(), *found) != folds.end()) {
      throw UsageError("--folds {}: '{}' {}; expected all or some of {}", text, part,
                       found == known.end() ? "is not a test fold" : "is listed twice", fmt::join(known, ","));
    }
    folds.push_back(*found);
  }
  return folds;
}

fs::path same_fold_of(const fs::path& parent, int fold) {
  if (parent.empty() || !FoldRuns::is_one(parent)) return parent;
  const FoldRuns runs = FoldRuns::open(parent);
  if (std::find(runs.folds().begin(), runs.folds().end(), fold) == runs.folds().end()) {
    throw UsageError("{} has no run for test fold {}; it has folds {}", parent.string(), fold,
                     fmt::join(runs.folds(), ", "));
  }
  return runs.run_of(fold);
}

}  // namespace stapes
