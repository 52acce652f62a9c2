// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "study/report/html.h"
#include "study/report/report_parts.h"

namespace stapes {
namespace {

// Best and last accuracy of a training run. The best alone would hide a later collapse.
struct Course {
  const CellResult* cell;
  CurvePoint best, last;  // of the evaluated epochs
  std::optional<double> alpha;

  double fall() const { return *best.accuracy - *last.accuracy; }
};

std::optional<Course> course_of(const CellResult& cell) {
  std::optional<Course> course;
  for (const CurvePoint& point : cell.curve) {
    if (!point.accuracy) continue;
    if (!course) course = Course{&cell, point, point, {}};
    if (*point.accuracy > *course->best.accuracy) course->best = point;
    course->last = point;
  }
  if (course) course->alpha = cell.curve.back().alpha;
  return course;
}

std::vector<Course> courses_of(const Series& series) {
  std::vector<Course> courses;
  for (const SeriesPoint& point : series.points) {
    for (const FinishedCell* cell : point.cells) {
      if (const auto course = course_of(cell->result)) courses.push_back(*course);
    }
  }
  return courses;
}

HtmlCell percent_cell(double value) { return number_cell(value, fmt::format("{:.2f}", value)); }

std::vector<HtmlCell> course_row(const ReportData& data, const Series& series, const Course& course) {
  return {head_cell(series_swatch(data.look_of(series)) + html_escaped(series.name)),
          number_cell(course.cell->id.class_count, std::to_string(course.cell->id.class_count)),
          number_cell(course.cell->id.fold, std::to_string(course.cell->id.fold)),
          number_cell(static_cast<double>(course.cell->id.seed), std::to_string(course.cell->id.seed)),
          percent_cell(*course.best.accuracy),
          number_cell(course.best.epoch, std::to_string(course.best.epoch)),
          percent_cell(*course.last.accuracy),
          number_cell(course.last.epoch, std::to_string(course.last.epoch)),
          number_cell(course.fall(), fmt::format("{:.2f}", course.fall())),
          course.alpha ? number_cell(*course.alpha, fmt::format("{:.4f}", *course.alpha))
                       : missing_cell("not recorded by the version that ran this cell")};
}

std::string course_table(const ReportData& data, const std::vector<const Series*>& binary) {
  const std::vector<HtmlColumn> columns = {{"Series", "", "", "", false},
                                           {"Cell", "Classes", "", "", true},
                                           {"Cell", "Fold", "", "", true},
                                           {"Cell", "Seed", "", "", true},
                                           {"Best epoch", "Accuracy", "%", "measured", true},
                                           {"Best epoch", "Epoch", "", "", true},
                                           {"Last epoch", "Accuracy", "%", "measured", true},
                                           {"Last epoch", "Epoch", "", "", true},
                                           {"Best − last", "", "points", "measured", true},
                                           {"Last epoch", "Smallest alpha", "", "measured", true}};
  std::vector<std::vector<HtmlCell>> rows;
  for (const Series* series : binary) {
    for (const Course& course : courses_of(*series)) rows.push_back(course_row(data, *series, course));
  }
  return html_table("binary-courses", "Last epoch and best epoch, before packing", columns, rows);
}

}  // namespace

std::string binary_section(const ReportData& data) {
  std::vector<const Series*> binary;
  for (const Series& series : data.series) {
    if (series.form == "xnor" && !courses_of(series).empty()) binary.push_back(&series);
  }
  if (binary.empty()) return "";
  const char* conv3 =
      data.results.kind == InputKind::kImage
          ? ""
          : "With the published training rule, a binary layer with one input channel (ACDNet&#39;s conv3) gets "
            "no gradient while weight decay shrinks its weights: alpha drops to 0, then accuracy to chance. ";
  return section("binary", "Binary training: last epoch and best epoch",
                 fmt::format("<p>Published figures are from the best epoch on the test fold, which hides a later "
                             "collapse. {}The rest of this report uses the last epoch.</p>\n",
                             conv3) +
                     html_details("Show every cell", course_table(data, binary)));
}

}  // namespace stapes
