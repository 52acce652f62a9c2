// SPDX-License-Identifier: Apache-2.0
#include "runs/fold_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "evaluate/evaluation.h"

namespace stapes {
namespace {

using nlohmann::json;

constexpr const char* kRow = "{:<9} {:>7} {:>16} {:>16} {:>16}  {}\n";

std::string percent(const std::optional<double>& value) { return value ? fmt::format("{:.2f}", *value) : "-"; }

std::string mean_text(const std::optional<MeanInterval>& mean) { return mean ? percent(mean->mean) : "-"; }

std::string interval_text(const std::optional<MeanInterval>& mean) {
  if (!mean || !mean->interval_95) return "-";
  const Interval& interval = *mean->interval_95;
  return fmt::format("{:.2f} to {:.2f}", std::max(0.0, interval.low), std::min(100.0, interval.high));
}

std::string row_of(const FoldResult& fold) {
  if (!fold.result) return fmt::format(kRow, fold.fold, "-", "-", "-", "-", "not finished");
  const TrainResult& result = *fold.result;
  return fmt::format(kRow, fold.fold, result.epochs, percent(result.last_accuracy), percent(result.ema_accuracy),
                     percent(result.best_accuracy), fmt::format("epoch {}", result.best_epoch));
}

// "test", "validation", "detector", or "" if the folds differ.
std::string common_selection(const FoldSummary& summary) {
  std::string common;
  for (const FoldResult& fold : summary.folds) {
    if (!fold.result) continue;
    if (!common.empty() && common != fold.result->selected_on) return "";
    common = fold.result->selected_on;
  }
  return common;
}

json or_null(const std::optional<MeanInterval>& mean) { return mean ? to_json(*mean) : json(); }

}  // namespace

FoldSummary summarize(std::vector<FoldResult> folds) {
  std::vector<double> last, ema, best;
  for (const FoldResult& fold : folds) {
    if (!fold.result) continue;
    last.push_back(fold.result->last_accuracy);
    best.push_back(fold.result->best_accuracy);
    if (fold.result->ema_accuracy) ema.push_back(*fold.result->ema_accuracy);
  }
  FoldSummary summary{.folds = std::move(folds), .last = {}, .ema = {}, .best = {}};
  if (last.empty()) return summary;
  summary.last = mean_interval(last);
  summary.best = mean_interval(best);
  if (ema.size() == last.size()) summary.ema = mean_interval(ema);
  return summary;
}

json to_json(const FoldSummary& summary) {
  json folds = json::array();
  for (const FoldResult& fold : summary.folds) {
    json row = fold.result ? to_json(*fold.result) : json::object();
    row["fold"] = fold.fold;
    row["run"] = fold.run;
    row["finished"] = fold.result.has_value();
    folds.push_back(std::move(row));
  }
  return {{"folds", folds},
          {"last_accuracy", or_null(summary.last)},
          {"ema_accuracy", or_null(summary.ema)},
          {"best_accuracy", or_null(summary.best)}};
}

std::string fold_table(const FoldSummary& summary, InputKind kind) {
  std::string text = fmt::format(kRow, "test fold", "epochs", "last epoch %", "averaged %", "best epoch %", "");
  for (const FoldResult& fold : summary.folds) text += row_of(fold);
  if (!summary.last) return text;
  text += fmt::format(kRow, "mean", "", mean_text(summary.last), mean_text(summary.ema), mean_text(summary.best), "");
  text += fmt::format(kRow, "95 % CI", "", interval_text(summary.last), interval_text(summary.ema),
                      interval_text(summary.best), "");
  text += fmt::format(
      "Accuracy before packing, {}. Interval: Student's t over {} folds; it is optimistic, because the folds' training "
      "sets overlap.\n",
      crops_name(kind), summary.last->count);
  const std::string selection = common_selection(summary);
  if (selection == "validation") text += "Best epochs were chosen on validation clips.\n";
  if (selection == "detector") text += "Best epochs were chosen by detector recall on validation clips.\n";
  if (selection == "test")
    text += "Best epochs were chosen on the test folds, so their accuracies are biased upward.\n";
  return text;
}

}  // namespace stapes
