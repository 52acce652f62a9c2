// SPDX-License-Identifier: Apache-2.0
#include "cli/train/training_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cli/progress.h"
#include "evaluate/evaluation.h"
#include "runs/chosen_data.h"
#include "train/new_run.h"

namespace stapes::cli {
namespace {

// On a terminal, rewrites one line. In a log, prints one line per evaluated epoch, or per epoch with --verbose.
class EpochPrinter {
 public:
  EpochPrinter(bool quiet, bool verbose, Select select)
      : quiet_(quiet),
        verbose_(verbose),
        terminal_(isatty(STDERR_FILENO) == 1),
        judge_(holds_out(select) ? "validation" : "accuracy") {}

  void operator()(const EpochReport& report) {
    if (quiet_) return;
    const bool complete = report.batch == report.batches;
    if (report.accuracy) accuracy_ = fmt::format("{:.2f} %", *report.accuracy);
    if (report.detector) {
      accuracy_ +=
          fmt::format(", recall {:.1f} %, false accepts {}", report.detector->recall(), report.detector->false_accepts);
    }
    if (report.ema_accuracy) accuracy_ += fmt::format(" (EMA {:.2f} %)", *report.ema_accuracy);
    if (!terminal_ && !(complete && (report.accuracy || verbose_))) return;
    print_note(fmt::format(
        "{}epoch {}/{} {} loss {}  {} {}  {:.0f} clips/s  {} left{}", terminal_ ? "\r" : "", report.epoch,
        report.epochs, progress_bar(static_cast<std::size_t>(report.batch), static_cast<std::size_t>(report.batches)),
        report.loss ? fmt::format("{:.4f}", *report.loss) : "-", judge_, accuracy_, report.clips_per_second,
        clock_time(report.seconds_left), terminal_ ? "  " : "\n"));
    if (terminal_ && complete && report.accuracy) print_note("\n");
    if (complete && report.smallest_alpha && *report.smallest_alpha < 1e-3) warn_about_alpha(*report.smallest_alpha);
  }

 private:
  void warn_about_alpha(double alpha) {
    if (warned_) return;
    warned_ = true;
    print_note(
        fmt::format("{}warning: a binary layer's mean |W| fell to {:.1e}; the layer is about to die (see "
                    "docs/explanation/binary.md)\n",
                    terminal_ ? "\n" : "", alpha));
  }

  bool quiet_, verbose_, terminal_, warned_ = false;
  const char* judge_;
  std::string accuracy_ = "-";
};

}  // namespace

TrainResult train_with_progress(const RunFolder& run, const TrainingInputs& inputs, const Common& common,
                                const ComputeOn& on) {
  EpochPrinter printer(common.quiet || common.json, common.verbose, run.config().select);
  const auto note = [](const std::string& text) { print_note("note: " + text + "\n"); };
  return train(
      run, inputs, [&](const EpochReport& report) { printer(report); }, note, on);
}

void print_result(const RunFolder& run, const TrainResult& result, const Common& common) {
  const TrainConfig& config = run.config();
  if (common.json) {
    nlohmann::json json = to_json(result);
    json["run"] = run.path().string();
    json["recipe"] = config.recipe;
    json["fold"] = config.fold;
    json["seed"] = config.seed;
    if (!config.pruning.empty()) json["pruning"] = nlohmann::json::parse(config.pruning);
    return print_json(json);
  }
  print_out("{}: {} epoch{} in {}. Accuracy of the training form, {}, on test fold {}:\n", run.path().string(),
            result.epochs, result.epochs == 1 ? "" : "s", clock_time(result.seconds),
            crops_name(input_kind(config.spec.input)), config.fold);
  print_out("  last epoch        {:6.2f} %\n", result.last_accuracy);
  if (result.ema_accuracy) print_out("  averaged weights  {:6.2f} %  (EMA: ema.network)\n", *result.ema_accuracy);
  const std::string chosen =
      result.best_validation_accuracy
          ? fmt::format("chosen on validation clips: {:.2f} % correct", *result.best_validation_accuracy)
          : "chosen on the test fold, so biased upward";
  if (const auto& detector = result.detector) {
    print_out(
        "  chosen as a detector on validation clips: recall {:.1f} % ({} of {}), false accepts {} in {:.2f} h, at a "
        "threshold of {:.3f}; AUROC {:.4f}\n",
        detector->recall(), detector->hits, detector->events, detector->false_accepts, detector->hours,
        detector->threshold / 256.0, detector->auroc);
  }
  print_out("  best epoch        {:6.2f} %  (epoch {}, {}; weights: best.network)\n", result.best_accuracy,
            result.best_epoch, chosen);
}

TrainResult continue_run(const RunFolder& run, const Common& common, const ComputeOn& on) {
  const ChosenData chosen = data_of(run);
  return train_with_progress(run, inputs_of(run, chosen), common, on);
}

void train_folds(const FoldRuns& runs, const FoldTrainer& train, const Common& common) {
  const FoldObserver observer{
      .begin =
          [&](int fold) {
            if (!common.quiet && !common.json) print_note(fmt::format("== test fold {}\n", fold));
          },
      .left_out = [](int,
                     const std::string& reason) { print_note(fmt::format("note: {}; skipping this fold\n", reason)); }};
  const bool all = finish_folds(runs, train, observer);
  const FoldSummary summary = summarize(runs.results());
  if (common.json) {
    nlohmann::json json = to_json(summary);
    json["run"] = runs.path().string();
    json["finished"] = all;
    print_json(json);
  } else {
    const RunFolder first = RunFolder::open(runs.run_of(runs.folds().front()));
    print_out("{}", fold_table(summary, input_kind(first.config().spec.input)));
  }
  if (all) return;
  print_note(fmt::format("note: run `stapes train --resume {}` to collect the other folds when they are trained\n",
                         runs.path().string()));
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
      "Runs prepared in {0}: {1}. Train each with `stapes train --resume {0}/fold-K`, anywhere and in any order;\n"
      "`stapes train --resume {0}` trains the remaining runs and prints the table.\n",
      runs.path().string(), runs.folds().size());
}

}  // namespace stapes::cli
