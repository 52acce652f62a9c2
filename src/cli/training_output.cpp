#include "cli/training_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace stapes::cli {
namespace {

std::string time_left(double seconds) {
  const int whole = static_cast<int>(seconds + 0.5);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

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
    print_note(fmt::format("{}epoch {}/{} {} loss {:.4f}  accuracy {}  {:.0f} clips/s  {} left{}",
                           terminal_ ? "\r" : "", report.epoch, report.epochs, bar(report), report.loss, accuracy_,
                           report.clips_per_second, time_left(report.seconds_left), terminal_ ? "  " : "\n"));
    if (terminal_ && complete && report.accuracy) print_note("\n");
    if (complete && report.smallest_alpha && *report.smallest_alpha < 1e-3) warn_about_alpha(*report.smallest_alpha);
  }

 private:
  static std::string bar(const EpochReport& report) {
    constexpr int kWidth = 20;
    const int full = report.batch * kWidth / std::max(1, report.batches);
    return "[" + std::string(static_cast<std::size_t>(full), '#') +
           std::string(static_cast<std::size_t>(kWidth - full), '.') + "]";
  }

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
