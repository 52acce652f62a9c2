// SPDX-License-Identifier: Apache-2.0
#include "cli/training_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/progress.h"
#include "evaluate/evaluation.h"
#include "graph/weights_file.h"

namespace stapes::cli {
namespace {

// One line, rewritten within an epoch on a terminal; in a log only whole epochs that were evaluated, or every line with
// --verbose.
class EpochPrinter {
 public:
  EpochPrinter(bool quiet, bool verbose, Select select)
      : quiet_(quiet),
        verbose_(verbose),
        terminal_(isatty(STDERR_FILENO) == 1),
        judge_(select == Select::kValidation ? "validation" : "accuracy") {}

  void operator()(const EpochReport& report) {
    if (quiet_) return;
    const bool complete = report.batch == report.batches;
    if (report.accuracy) accuracy_ = fmt::format("{:.2f} %", *report.accuracy);
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
        fmt::format("{}warning: a binary layer's mean |W| fell to {:.1e}; it is about to die (see docs/binary.md)\n",
                    terminal_ ? "\n" : "", alpha));
  }

  bool quiet_, verbose_, terminal_, warned_ = false;
  const char* judge_;
  std::string accuracy_ = "-";
};

}  // namespace

ChosenData data_of(const RunFolder& run) {
  const TrainConfig& config = run.config();
  ChosenData chosen(DataOptions{config.data, config.classes, config.fold});
  if (chosen.data.hash() != config.data_hash) {
    throw Error("{} has changed since {} was trained on it (content {} instead of {})", config.data,
                run.path().string(), chosen.data.hash(), config.data_hash);
  }
  return chosen;
}

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
  print_out("{}: {} epochs in {}. Accuracy of the training form, {}, on test fold {}:\n", run.path().string(),
            result.epochs, clock_time(result.seconds), crops_name(is_image(config.spec.input)), config.fold);
  print_out("  last epoch        {:6.2f} %\n", result.last_accuracy);
  if (result.ema_accuracy) print_out("  averaged weights  {:6.2f} %  (EMA: ema.network)\n", *result.ema_accuracy);
  const std::string chosen =
      result.best_validation_accuracy
          ? fmt::format("chosen on validation clips: {:.2f} % of them", *result.best_validation_accuracy)
          : "chosen on the test fold, which flatters it";
  print_out("  best epoch        {:6.2f} %  (epoch {}, {}: best.network)\n", result.best_accuracy, result.best_epoch,
            chosen);
}

TrainResult continue_run(const RunFolder& run, const Common& common, const ComputeOn& on) {
  const TrainConfig& config = run.config();
  const ChosenData chosen = data_of(run);
  Parents parents{.start = {}, .teacher = read_teacher(config)};
  if (!run.checkpoints().any() && !config.init.empty()) parents.start = read_network(config.init);
  const TrainingInputs inputs(config, chosen.training(), chosen.test(), std::move(parents));
  return train_with_progress(run, inputs, common, on);
}

}  // namespace stapes::cli
