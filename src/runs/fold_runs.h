// SPDX-License-Identifier: Apache-2.0
// fold_runs.h: k-fold cross-validation on disk. RUN/folds.json lists the folds; RUN/fold-K is an ordinary run with test
// fold K, which may be trained by another process or on another machine.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"
#include "runs/fold_summary.h"
#include "runs/train_config.h"

namespace stapes {

class FoldRuns {
 public:
  // One run per config, each with its own fold; none is trained yet. Throws Error when the folder exists and must not
  // be replaced, Busy when one of its runs is being trained.
  static FoldRuns create(const std::filesystem::path& path, const std::vector<TrainConfig>& configs, Existing existing);
  // Throws Error when folds.json is missing or damaged.
  static FoldRuns open(const std::filesystem::path& path);
  static bool is_one(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::vector<int>& folds() const { return folds_; }
  std::filesystem::path run_of(int fold) const;
  std::vector<FoldResult> results() const;  // of every fold, finished or not

 private:
  FoldRuns(std::filesystem::path path, std::vector<int> folds) : path_(std::move(path)), folds_(std::move(folds)) {}

  std::filesystem::path path_;
  std::vector<int> folds_;
};

// What --init and --teacher mean for test fold `fold`: the same fold's run of a k-fold folder, else `parent` itself.
// Throws UsageError when the k-fold folder has no such fold.
std::filesystem::path same_fold_of(const std::filesystem::path& parent, int fold);

}  // namespace stapes
