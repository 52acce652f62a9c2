// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/names.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/isa_option.h"
#include "emulate/export_to_folder.h"
#include "emulate/tools.h"
#include "export/names.h"
#include "study/report/recommend.h"
#include "study/report/study_verdict.h"
#include "study/results/verdict.h"

namespace stapes::cli {
namespace {

struct VerdictOptions {
  std::vector<std::filesystem::path> models;  // packed models, or a single study folder
  DataOptions chosen;
  int threads = 0;
  std::optional<Isa> isa;
  bool classes_given = false;
  std::string target;
  std::filesystem::path firmware;
};

// ---- the verdict of a study

bool is_study(const VerdictOptions& options) {
  return options.models.size() == 1 && std::filesystem::is_directory(options.models.front());
}

void write_firmware_of(const Recommendation& recommendation, const StudyResults& results, const VerdictOptions& options,
                       const Common& common) {
  const AdviceCandidate& ship = *recommendation.ship();
  const auto missing = recommendation.emulated() ? missing_tool(*recommendation.board) : std::nullopt;
  if (missing) print_notice("note", "the firmware's README contains no measurements; to measure, install " + *missing);
  export_to_folder({.model = model_file(ship, results),
                    .output = options.firmware,
                    .target = recommendation.target(),
                    .name = valid_export_name_from(ship.series),
                    .measure = recommendation.emulated() && !missing,
                    .existing = common.existing()});
}

std::string next_step(const Recommendation& recommendation, const StudyResults& results,
                      const VerdictOptions& options) {
  if (!options.firmware.empty()) {
    return fmt::format("Firmware: {} (C++ sources for {}; its README.md says how to build and call them)\n",
                       options.firmware.string(), recommendation.target());
  }
  return fmt::format("Next:     {}\n", export_command(*recommendation.ship(), recommendation.target(), results));
}

void study_of(const VerdictOptions& options, const Common& common) {
  if (!options.firmware.empty()) refuse_replacing_export(options.firmware, common.existing());
  const StudyResults results = read_study(options.models.front());
  const std::string target = options.target.empty() ? recommended_target(results) : options.target;
  if (target.empty()) {
    throw Error("{}: no cell was measured on a target{}; add an available target to the plan and run the study again",
                results.path.string(), first_target_failure(results));
  }
  const std::string classes = options.classes_given ? options.chosen.classes : "";
  const Recommendation recommendation = recommend(results, target, classes);
  if (recommendation.ship() && !options.firmware.empty()) {
    write_firmware_of(recommendation, results, options, common);
  }
  if (common.json) {
    print_json(recommendation_json(recommendation, results));
  } else {
    print_out("{}", study_verdict(results, recommendation));
    if (recommendation.ship()) print_out("{}", next_step(recommendation, results, options));
  }
  if (recommendation.ship()) return;
  report_failure(ship_sentence(recommendation).c_str());
  throw CLI::RuntimeError(1);
}

// ---- the verdict on packed models

constexpr const char *kStudyOptions = "Study", *kModelOptions = "Comparison of packed models";

void refuse_options_of(const char* group, const CLI::App& command, const char* why) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_group() == group && option->count() > 0) throw UsageError("{} {}", option->get_name(), why);
  }
}

void verdict(const VerdictOptions& options, const CLI::App& command, const Common& common) {
  if (is_study(options)) {
    refuse_options_of(kModelOptions, command, "is for packed models; a study's verdict follows from its results");
    return study_of(options, common);
  }
  refuse_options_of(kStudyOptions, command, "is for a study folder; leave it out to compare packed models");
  if (options.chosen.data.empty()) {
    throw UsageError("comparing packed models needs --data DATA, the data set to evaluate them on");
  }
  const ChosenData chosen = choose_data(options.chosen, common);
  std::vector<VerdictRow> rows;
  for (const auto& model : options.models) {
    rows.push_back(judge(model, chosen.test(), chosen.lineage(), options.threads, options.isa));
  }
  if (!common.json) {
    print_out("{}", verdict_table(rows));
    return;
  }
  nlohmann::json json = {{"data_hash", chosen.data.hash()},
                         {"classes", options.chosen.classes},
                         {"fold", options.chosen.fold},
                         {"rows", nlohmann::json::array()}};
  for (const VerdictRow& row : rows) json["rows"].push_back(to_json(row));
  print_json(json);
}

void add_study_options(CLI::App& command, VerdictOptions& options, const std::shared_ptr<Common>& common) {
  const Heading heading(command, kStudyOptions);
  command.add_option("--target", options.target,
                     "Processor to recommend a model for " + braced(board_names()) +
                         " (default: the first chip that the study measured on, or host if there is none)");
  command.add_option("--firmware", options.firmware, "Folder to export the recommended model to, with its figures");
  add_force(command, common);
}

void add_model_options(CLI::App& command, VerdictOptions& options) {
  const Heading heading(command, kModelOptions);
  command.add_option("--data", options.chosen.data, "Data-set file");
  command.add_option("--fold", options.chosen.fold, "Fold to evaluate on")->capture_default_str();
  add_threads(command, options.threads, "Clips to evaluate at once (latency is measured on one thread)");
  add_isa(command, options.isa);
}

}  // namespace

void add_verdict_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<VerdictOptions>();
  CLI::App* command = add_common(app,
                                 "stapes verdict results --firmware firmware\n"
                                 "  stapes verdict fp32.stapes xnor.stapes int8.stapes --data words.data --fold 1",
                                 common);
  command->add_option("RESULTS|MODELS", options->models, "Folder of a study, or packed models")->required();
  CLI::Option* classes = command
                             ->add_option("--classes", options->chosen.classes,
                                          "Classes: all, esc10 to esc50, or a list of names or numbers")
                             ->capture_default_str();
  add_study_options(*command, *options, common);
  add_model_options(*command, *options);
  command->callback([=] {
    options->classes_given = classes->count() > 0;
    verdict(*options, *command, *common);
  });
}

}  // namespace stapes::cli
