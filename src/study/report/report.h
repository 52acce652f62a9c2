// SPDX-License-Identifier: Apache-2.0
// report.h: a study as one self-contained HTML page.
#pragma once

#include <string>
#include <vector>

#include "study/results/study_results.h"

namespace stapes {

struct ReportData;  // report_data.h

// Depends only on the results: the date is the latest start of a finished cell.
std::string study_report(const ReportData& data);
std::string study_report(const StudyResults& results);

// A chart as an SVG file: "accuracy", "accuracy-window" (not for images), "difference" (pairs), and per target
// "TARGET-flash", "TARGET-ram" and "TARGET-instructions". Charts without points are omitted.
struct Figure {
  std::string name, svg;
};
std::vector<Figure> study_figures(const ReportData& data);
std::vector<Figure> study_figures(const StudyResults& results);

}  // namespace stapes
