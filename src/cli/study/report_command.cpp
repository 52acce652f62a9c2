// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "cli/command.h"
#include "study/report/recommend.h"
#include "study/report/report.h"
#include "study/report/report_data.h"
#include "study/results/study_folder.h"
#include "study/results/study_results.h"
#include "web/demo_page.h"

namespace stapes::cli {
namespace {

namespace fs = std::filesystem;

struct ReportOptions {
  fs::path results, output, figures, demo;
};

std::vector<DemoFigure> figures_of(const AdviceCandidate& ship, const std::string& chip) {
  std::vector<DemoFigure> figures = {{"Accuracy", accuracy_text(ship) + " %", "measured on held-out clips"}};
  if (!ship.failure.empty()) return figures;
  figures.push_back({"Flash", kilobytes_text(ship.flash_bytes), "measured on " + chip});
  figures.push_back({"RAM", kilobytes_text(ship.ram_bytes), "measured on " + chip});
  figures.push_back(
      {"Window", figure(ship.window_ms) + " ms", (ship.estimated ? "estimated on " : "measured on ") + chip});
  return figures;
}

// The demo page of the recommended model.
std::string demo_of(const ReportData& data) {
  require_page_module();
  const AdviceCandidate* ship = data.recommendation ? data.recommendation->ship() : nullptr;
  if (ship == nullptr) {
    throw Error("{}: the study recommends no model for --demo: {}; leave out --demo, or use `stapes demo MODEL`",
                data.results.path.string(),
                data.recommendation ? "no model fits the target"
                                    : "it compares pairs, has several class subsets, or has no target with figures");
  }
  const HostDetector detector(std::make_shared<const HostModel>(model_file(*ship, data.results)), {});
  return demo_page(detector, ship->series, figures_of(*ship, chip_text(*data.recommendation)));
}

// Throws if an output must not be replaced, would change the study, or is the same file as another output.
void check_outputs(const std::vector<fs::path>& outputs, const fs::path& results, Existing existing) {
  std::map<fs::path, fs::path> named;  // canonical path to given path
  for (const fs::path& output : outputs) {
    refuse_existing(output, existing);
    refuse_own_input(output, {results});
    if (const fs::path part = part_of_study(output, results); !part.empty()) {
      throw UsageError("the output '{}' would change the study: '{}' is part of it; choose another name",
                       output.string(), part.string());
    }
    const auto [other, is_new] = named.emplace(fs::weakly_canonical(fs::absolute(output)), output);
    if (!is_new) {
      throw UsageError("two outputs are the same file: '{}' and '{}'; choose another name for one",
                       other->second.string(), output.string());
    }
  }
}

// The relative link from page `from` to file `to`.
std::string link_between(const fs::path& from, const fs::path& to) {
  const fs::path folder = fs::absolute(from).lexically_normal().parent_path();
  return fs::absolute(to).lexically_normal().lexically_relative(folder);
}

void report(const ReportOptions& options, const Common& common) {
  const fs::path output = options.output.empty() ? options.results / "report.html" : options.output;
  std::vector<fs::path> outputs = {output};
  if (!options.demo.empty()) outputs.push_back(options.demo);
  check_outputs(outputs, options.results, common.existing());
  const StudyResults results = read_study(options.results);
  ReportData data(results);
  const std::vector<Figure> figures = options.figures.empty() ? std::vector<Figure>() : study_figures(data);
  const auto file_of = [&](const Figure& figure) { return options.figures / (figure.name + ".svg"); };
  for (const Figure& figure : figures) outputs.push_back(file_of(figure));
  check_outputs(outputs, options.results, common.existing());
  const std::string demo = options.demo.empty() ? "" : demo_of(data);
  if (!demo.empty()) data.demo = link_between(output, options.demo);
  const std::string page = study_report(data);
  if (!demo.empty()) write_text_file(options.demo, demo, common.existing());
  write_text_file(output, page, common.existing());
  if (!figures.empty()) fs::create_directories(options.figures);
  for (const Figure& figure : figures) write_text_file(file_of(figure), figure.svg, common.existing());
  if (common.json) {
    print_json({{"file", output.string()}, {"bytes", page.size()}, {"cells", results.finished.size()}});
  } else {
    print_out("{}: {} of {} cells, {:.0f} KB\n", output.string(), results.finished.size(), results.cell_count(),
              static_cast<double>(page.size()) / 1e3);
  }
}

}  // namespace

void add_report_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<ReportOptions>();
  CLI::App* command = add_common(app, "stapes report results -o report.html", common);
  add_force(*command, common);
  command->add_option("RESULTS", options->results, "Folder of a study, finished or not")->required();
  command->add_option("-o,--output", options->output, "Page to write (default: report.html in RESULTS)");
  command->add_option("--figures", options->figures, "Folder for the page's charts as SVG files");
  command->add_option("--demo", options->demo,
                      "Page to write that runs the recommended model in a browser, linked from the report");
  command->callback([=] { report(*options, *common); });
}

}  // namespace stapes::cli
