// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"
#include "cli/command.h"
#include "study/report/recommend.h"
#include "study/report/report.h"
#include "study/report/report_data.h"
#include "study/results/study_results.h"
#include "web/demo_page.h"

namespace stapes::cli {
namespace {

struct ReportOptions {
  std::filesystem::path results, output, figures, demo;
};

std::vector<DemoFigure> figures_of(const AdviceCandidate& ship, const std::string& chip) {
  const auto kilobytes_text = [](std::int64_t bytes) { return figure(kilobytes(static_cast<double>(bytes))) + " KB"; };
  std::vector<DemoFigure> figures = {{"Accuracy", accuracy_text(ship) + " %", "measured on held-out clips"}};
  if (!ship.failure.empty()) return figures;
  figures.push_back({"Flash", kilobytes_text(ship.flash_bytes), "measured on " + chip});
  figures.push_back({"RAM", kilobytes_text(ship.ram_bytes), "measured on " + chip});
  figures.push_back(
      {"Window", figure(ship.window_ms) + " ms", (ship.estimated ? "estimated on " : "measured on ") + chip});
  return figures;
}

// The page of the recommended model.
std::string demo_of(const StudyResults& results) {
  require_page_module();
  const ReportData data(results);
  const AdviceCandidate* ship = data.recommendation ? data.recommendation->ship() : nullptr;
  if (ship == nullptr) {
    throw Error("{}: the study recommends no model for --demo; leave it out, or use `stapes demo MODEL`",
                results.path.string());
  }
  const HostDetector detector(std::make_shared<const HostModel>(model_file(*ship, results)), {});
  return demo_page(detector, ship->series, figures_of(*ship, chip_text(*data.recommendation)));
}

void report(const ReportOptions& options, const Common& common) {
  const std::filesystem::path output = options.output.empty() ? options.results / "report.html" : options.output;
  refuse_existing(output, common.existing());
  refuse_own_input(output, {options.results});
  const StudyResults results = read_study(options.results);
  const std::vector<Figure> figures = options.figures.empty() ? std::vector<Figure>() : study_figures(results);
  const auto file_of = [&](const Figure& figure) { return options.figures / (figure.name + ".svg"); };
  for (const Figure& figure : figures) refuse_existing(file_of(figure), common.existing());
  std::string link, demo;
  if (!options.demo.empty()) {
    if (options.demo == output)
      throw UsageError("--demo and the report have the same file name '{}'; choose another one", output.string());
    refuse_existing(options.demo, common.existing());
    demo = demo_of(results);
    const auto folder = std::filesystem::absolute(output).parent_path();
    link = std::filesystem::absolute(options.demo).lexically_normal().lexically_relative(folder.lexically_normal());
  }
  const std::string page = study_report(results, link);
  if (!demo.empty()) write_text_file(options.demo, demo, common.existing());
  write_text_file(output, page, common.existing());
  if (!figures.empty()) std::filesystem::create_directories(options.figures);
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
