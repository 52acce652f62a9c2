// SPDX-License-Identifier: Apache-2.0
#include "cli/train_folds.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/file_lock.h"

namespace stapes::cli {
namespace {

// Whether the fold is finished now.
bool finish_fold(const FoldRuns& runs, int fold, const FoldTrainer& train, const Common& common) {
  const RunFolder run = RunFolder::open(runs.run_of(fold));
  if (run.result()) return true;
  if (!common.quiet && !common.json) print_note(fmt::format("== test fold {}\n", fold));
  try {
    train(run);
  } catch (const Busy& busy) {
    print_note(fmt::format("note: {}: left to it\n", busy.what()));
    return false;
  }
  return true;
}

}  // namespace

void train_folds(const FoldRuns& runs, const FoldTrainer& train, const Common& common) {
  bool all = true;
  for (const int fold : runs.folds()) all = finish_fold(runs, fold, train, common) && all;
  const FoldSummary summary = summarize(runs.results());
  if (common.json) {
    nlohmann::json json = to_json(summary);
    json["run"] = runs.path().string();
    json["finished"] = all;
    print_json(json);
  } else {
    print_out("{}", fold_table(summary));
  }
  if (all) return;
  print_note(
      fmt::format("note: `stapes train --resume {}` collects the rest when it is trained\n", runs.path().string()));
  throw CLI::RuntimeError(1);
}

void print_prepared(const FoldRuns& runs, const Common& common) {
  if (common.json) {
    nlohmann::json json = to_json(summarize(runs.results()));
    json["run"] = runs.path().string();
    json["finished"] = false;
    return print_json(json);
  }
  print_out(
      "{0}: {1} runs are prepared. Train each with `stapes train --resume {0}/fold-K`, anywhere and in any order;\n"
      "`stapes train --resume {0}` trains what is left and prints the table.\n",
      runs.path().string(), runs.folds().size());
}

}  // namespace stapes::cli
