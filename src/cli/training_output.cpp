#include "cli/training_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/progress.h"

namespace stapes::cli {
namespace {

// One line, rewritten within an epoch on a terminal; in a log only whole epochs that were evaluated, or every line with
// --verbose.
class EpochPrinter {
 public:
  EpochPrinter(bool quiet, bool verbose) : quiet_(quiet), verbose_(verbose), terminal_(isatty(STDERR_FILENO) == 1) {}

  void operator()(const EpochReport& report) {
    if (quiet_) return;
    const bool complete = report.batch == report.batches;
    if (report.accuracy) accuracy_ = fmt::format("{:.2f} %", *report.accuracy);
    if (!terminal_ && !(complete && (report.accuracy || verbose_))) return;
    print_note(fmt::format(
        "{}epoch {}/{} {} loss {:.4f}  accuracy {}  {:.0f} clips/s  {} left{}", terminal_ ? "\r" : "", report.epoch,
        report.epochs, progress_bar(static_cast<std::size_t>(report.batch), static_cast<std::size_t>(report.batches)),
        report.loss, accuracy_, report.clips_per_second, clock_time(report.seconds_left), terminal_ ? "  " : "\n"));
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

void refuse_own_parent(const std::filesystem::path& run, const std::vector<std::string>& parents) {
  for (const std::string& parent : parents) {
    std::error_code absent;
    if (!parent.empty() && std::filesystem::equivalent(run, parent, absent)) {
      throw UsageError("{} is what the new run is made from; choose another name with -o", run.string());
    }
  }
}

void train_and_report(const RunFolder& run, const ClipSet& training, const ClipSet& test,
                      const std::optional<TrainedNetwork>& start, const Common& common) {
  EpochPrinter printer(common.quiet || common.json, common.verbose);
  const TrainResult result = train(run, training, test, start, [&](const EpochReport& report) { printer(report); });
  if (common.json) {
    print_json(nlohmann::json{{"run", run.path().string()},
                              {"epochs", result.epochs},
                              {"last_accuracy", result.last_accuracy},
                              {"best_accuracy", result.best_accuracy},
                              {"best_epoch", result.best_epoch},
                              {"clips_per_second", result.clips_per_second},
                              {"seconds", result.seconds}});
    return;
  }
  fmt::print(
      "{}: {} epochs in {:.0f} s; training form, 10 crops: {:.2f} % after the last epoch, {:.2f} % at best "
      "(epoch {}, selected on the test fold)\n",
      run.path().string(), result.epochs, result.seconds, result.last_accuracy, result.best_accuracy,
      result.best_epoch);
}

}  // namespace stapes::cli
