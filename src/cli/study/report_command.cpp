// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "cli/command.h"
#include "study/report/report.h"
#include "study/results/study_results.h"

namespace stapes::cli {
namespace {

struct ReportOptions {
  std::filesystem::path results, output, figures;
};

void report(const ReportOptions& options, const Common& common) {
  const std::filesystem::path output = options.output.empty() ? options.results / "report.html" : options.output;
  refuse_existing(output, common.existing());
  refuse_own_input(output, {options.results});
  const StudyResults results = read_study(options.results);
  const std::vector<Figure> figures = options.figures.empty() ? std::vector<Figure>() : study_figures(results);
  const auto file_of = [&](const Figure& figure) { return options.figures / (figure.name + ".svg"); };
  for (const Figure& figure : figures) refuse_existing(file_of(figure), common.existing());
  const std::string page = study_report(results);
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
  command->callback([=] { report(*options, *common); });
}

}  // namespace stapes::cli
