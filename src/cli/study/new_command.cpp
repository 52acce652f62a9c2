// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/names.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/import/import_notices.h"
#include "cli/progress.h"
#include "emulate/board.h"
#include "study/plan/new_plan.h"

namespace stapes::cli {
namespace {

nlohmann::json to_json(const NewPlan& made, const NewPlanRequest& request) {
  nlohmann::json json = {{"plan", request.plan.string()}, {"data", made.data.string()}};
  if (made.layout) {
    json["format"] = made.layout->format;
    json["source_pattern"] = made.layout->source_pattern;
  }
  if (made.report) {
    json["clips"] = made.report->clips;
    json["skipped"] = made.report->skipped.size();
    json["warnings"] = made.report->warnings;
  }
  return json;
}

void print_layout(const Layout& layout) {
  const std::string rate =
      layout.images ? "" : fmt::format(" at {} Hz (most files: {} Hz)", layout.sample_rate_hz, layout.file_rate_hz);
  print_notice("note", fmt::format("{}: read as {}{}", layout.root.string(), layout.format, rate));
  if (layout.source_pattern.empty()) return;
  print_notice(
      "note",
      fmt::format("clips that share a part of the file name, such as {}, come from one source and stay in one fold",
                  layout.source_part));
}

void print_made(const NewPlan& made, const NewPlanRequest& request, const Common& common) {
  if (made.layout && !common.quiet) print_layout(*made.layout);
  if (made.report) {
    print_import_notices(*made.report, common);
    print_out("{}: {} {} of {} classes, {} file{} skipped\n", made.data.string(), made.report->clips,
              made.report->image ? "images" : "clips", made.report->labels.size(), made.report->skipped.size(),
              made.report->skipped.size() == 1 ? "" : "s");
  }
  print_out("{}: review this plan, then run `stapes study {} -o {}-results`\n", request.plan.string(),
            shell_word(request.plan.string()), shell_word(request.plan.stem().string()));
}

void write_new_plan(NewPlanRequest request, const Common& common) {
  std::optional<Progress> bar;
  request.seed = common.seed;
  request.existing = common.existing();
  request.progress = [&](std::size_t done, std::size_t total) {
    if (!bar) bar.emplace("importing", total, !common.quiet && !common.json, "files");
    bar->update(done);
  };
  const NewPlan made = make_plan(request);
  bar.reset();
  if (common.json) {
    print_json(to_json(made, request));
  } else {
    print_made(made, request, common);
  }
}

}  // namespace

void add_new_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<NewPlanRequest>();
  CLI::App* command = add_common(app, "stapes new clips -o plan.toml", common);
  command
      ->add_option("FROM", options->from,
                   "Folder of clips or images in any layout that `stapes data import` reads, "
                   "or a data-set file")
      ->required()
      ->check(CLI::ExistingPath);
  command->add_option("-o,--output", options->plan, "Plan to write, a TOML file")->required()->type_name("PLAN");
  command->add_option("--data", options->data,
                      "Data-set file to create from a folder (default: PLAN with the extension .data)");
  command->add_option("--name", options->name, "Name of the study (default: the plan's file name)");
  add_threads(*command, options->threads, "Files to decode at once");
  add_force(*command, common);
  const Heading heading(*command, "Study");
  command->add_option("--classes", options->classes, "Classes to train on, as for `stapes train`")
      ->capture_default_str();
  command->add_option("--fold", options->fold, "Fold to test on")->capture_default_str();
  command
      ->add_option(
          "--epochs", options->epochs,
          "Epochs in full precision; all other epoch counts are derived from this number (default: from the data)")
      ->check(CLI::Range(1, 100'000));
  command->add_option("--target", options->target, "Core to measure on " + braced(board_names()))
      ->capture_default_str();
  command->add_option("--limit", options->limit, "Maximum number of clips per class in each fold (default all)")
      ->check(CLI::Range(1, 1'000'000'000));
  command->callback([=] { write_new_plan(*options, *common); });
}

}  // namespace stapes::cli
