// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/names.h"
#include "base/quantity.h"
#include "cli/command.h"
#include "emulate/board.h"
#include "study/report/advise.h"

namespace stapes::cli {
namespace {

struct AdviseOptions {
  std::filesystem::path results;
  std::string target, classes;
  std::optional<std::string> flash, ram, latency;  // empty text (an unset shell variable) counts as given
  std::optional<double> accuracy;
  bool single_window = false;
  AdviceRank rank = AdviceRank::kAccuracy;
};

AdviceRequest request_of(const AdviseOptions& options) {
  AdviceRequest request;
  request.target = options.target;
  request.classes = options.classes;
  request.rank = options.rank;
  if (options.single_window) request.protocol = Protocol::kSingleWindow;
  if (options.flash) request.limits.flash_bytes = parse_bytes(*options.flash, "--flash");
  if (options.ram) request.limits.ram_bytes = parse_bytes(*options.ram, "--ram");
  if (options.latency) request.limits.latency_ms = parse_milliseconds(*options.latency, "--latency");
  if (options.accuracy && std::isnan(*options.accuracy)) {  // CLI11's ranges accept nan
    throw UsageError("--accuracy 'nan': expected a percentage from 0 to 100");
  }
  request.limits.accuracy = options.accuracy;
  return request;
}

void run(const AdviseOptions& options, const Common& common) {
  const AdviceRequest request = request_of(options);
  const StudyResults results = read_study(options.results);
  const Advice advice = advise(results, request);
  if (common.json) {
    print_json(advice_json(advice, results));
  } else {
    print_out("{}", advice_text(advice, results));
  }
  if (advice.best()) return;
  report_failure(why_none(advice).c_str());
  throw CLI::RuntimeError(1);
}

}  // namespace

void add_advise_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<AdviseOptions>();
  CLI::App* command = add_common(
      app, "stapes advise results --target cortex-m4 --flash 256K --ram 64K --latency 200ms --classes esc10", common);
  command->add_option("RESULTS", options->results, "Folder of a study, finished or not")->required();
  command
      ->add_option("--target", options->target,
                   "Processor " + braced(board_names()) + "; the study must have measured on it")
      ->required();
  command->add_option("--classes", options->classes, "Class subset of the study (default: the only one)");
  const Heading heading(*command, "Limits and ranking");
  command->add_option("--flash", options->flash, "Flash limit, in bytes, e.g. 256K (K = 1024)");
  command->add_option("--ram", options->ram, "RAM limit, in bytes, e.g. 64K, not counting the input window");
  command->add_option("--latency", options->latency, "Time limit for one window, e.g. 200ms or 1.5s");
  command->add_option("--accuracy", options->accuracy, "Minimum accuracy, in percent, as the mean over folds")
      ->check(CLI::Range(0.0, 100.0));
  command->add_flag("--single-window", options->single_window,
                    "Use the accuracy of single windows, as on a device (default: of ten crops)");
  command->add_option_function<std::string>(
      "--rank", [=](const std::string& text) { options->rank = parse_name<AdviceRank>(text, "--rank value"); },
      "Figure to rank models by: accuracy, or the AUROC of known classes against unknown and background " +
          braced(names_of<AdviceRank>()) + " (default accuracy)");
  command->callback([=] { run(*options, *common); });
}

}  // namespace stapes::cli
