// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "base/embedded_file.h"
#include "plot/svg.h"
#include "stapes/version.h"
#include "study/report/html.h"
#include "study/report/report.h"
#include "study/report/report_parts.h"
#include "study/report/report_verdict.h"

namespace stapes {

extern const EmbeddedFiles kReportFiles;  // report_texts.cpp

namespace {

std::string_view embedded(std::string_view path) { return text_of(kReportFiles, path); }

// Versions of the programs that produced the figures, not of this one.
std::string versions(const StudyResults& results) {
  std::set<std::string> all;
  for (const FinishedCell& cell : results.finished) all.insert(cell.result.version);
  return fmt::format("{}", fmt::join(all.empty() ? std::set{results.version} : all, ", "));
}

std::string header(const ReportData& data) {
  const StudyResults& results = data.results;
  const std::string date = data.date.substr(0, data.date.find('T'));
  return fmt::format(
      "<header>\n<p class=\"kind\">Stapes study</p>\n<h1>{}</h1>\n"
      "<p class=\"facts\"><span>{}</span> <span>{} of {} cells finished</span> <span>{}</span> "
      "<span>Stapes {}</span></p>\n</header>\n",
      html_escaped(results.name), html_escaped(results.data_name), results.finished.size(), results.cell_count(),
      html_escaped(date.empty() ? "no date" : date), html_escaped(versions(results)));
}

std::string verdict(const ReportData& data) {
  const ReportVerdict verdict = report_verdict(data);
  const std::string why =
      verdict.why.empty() ? "" : fmt::format("<p class=\"why\">{}</p>\n", html_escaped(verdict.why));
  return fmt::format("<div id=\"verdict\">\n<p>{}</p>\n{}<p>{}</p>\n</div>\n", html_escaped(verdict.finding), why,
                     html_escaped(verdict.caution));
}

struct Part {
  const char *id, *name;
  std::string html;
};

std::vector<Part> parts_of(const ReportData& data) {
  return {
      {"pairs", "Equal flash", pairs_section(data)},          {"table", "All figures", summary_section(data)},
      {"classes", "By classes", accuracy_section(data)},      {"cost", "Cost", cost_section(data)},
      {"training", "Training", training_section(data)},       {"binary", "Last and best epoch", binary_section(data)},
      {"confusion", "Confusions", confusion_section(data)},   {"absent", "Failed and missing", absent_section(data)},
      {"provenance", "Provenance", provenance_section(data)}, {"evidence", "How to read this", evidence_section(data)}};
}

}  // namespace

std::string study_report(const StudyResults& results) { return study_report(ReportData(results)); }

std::string study_report(const ReportData& data) {
  std::string links, body;
  for (const Part& part : parts_of(data)) {
    if (part.html.empty()) continue;
    links += fmt::format("<a href=\"#{}\">{}</a>\n", part.id, part.name);
    body += part.html;
  }
  // The content security policy blocks all external content.
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "script-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<title>{}: Stapes "
      "study</title>\n<style>\n{}{}{}</style>\n</head>\n<body>\n<main>\n{}{}{}<nav>\n{}</nav>\n{}</main>\n"
      "<script>\n{}</script>\n</body>\n</html>\n",
      html_escaped(data.results.name), svg_style(), embedded("report.css"),
      data.recommendation ? embedded("ship.css") : "", header(data), verdict(data), ship_part(data), links, body,
      embedded("report.js"));
}

}  // namespace stapes
