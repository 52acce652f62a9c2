// SPDX-License-Identifier: Apache-2.0
// fold_runs.h: k-fold cross-validation on disk. RUN/folds.json lists the folds. RUN/fold-K is an ordinary run with test
// fold K, which any process may train.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/files.h"
#include "data/data_set.h"
#include "runs/fold_summary.h"
#include "runs/run_folder.h"
#include "runs/train_config.h"

namespace stapes {

class FoldRuns {
 public:
  // Creates one untrained run per config. Throws Error if the folder must not be replaced, Busy if a run in it is being
  // trained.
  static FoldRuns create(const std::filesystem::path& path, const std::vector<TrainConfig>& configs, Existing existing);
  // Throws Error if folds.json is missing or damaged.
  static FoldRuns open(const std::filesystem::path& path);
  static bool is_one(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::vector<int>& folds() const { return folds_; }
  std::filesystem::path run_of(int fold) const;
  std::vector<FoldResult> results() const;  // includes unfinished folds

 private:
  FoldRuns(std::filesystem::path path, std::vector<int> folds) : path_(std::move(path)), folds_(std::move(folds)) {}

  std::filesystem::path path_;
  std::vector<int> folds_;
};

// Trains a run to completion, resuming if needed. Throws Busy if another process is training it.
using FoldTrainer = std::function<void(const RunFolder& run)>;

struct FoldObserver {
  std::function<void(int fold)> begin;                                // before training
  std::function<void(int fold, const std::string& reason)> left_out;  // another process is training it
};

// Trains the unfinished folds that no other process is training. Returns whether all folds are finished.
bool finish_folds(const FoldRuns& runs, const FoldTrainer& train, const FoldObserver& observer);

// The test folds in `text`: "all" or a list such as 1,3. Throws UsageError for a missing or repeated fold.
std::vector<int> parse_folds(const std::string& text, const ClipSet& clips);

// For --init or --teacher: the run of test fold `fold` if `parent` is a k-fold folder, otherwise `parent`. Throws
// UsageError if the fold is missing.
std::filesystem::path same_fold_of(const std::filesystem::path& parent, int fold);

}  // namespace stapes
