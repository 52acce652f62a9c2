// SPDX-License-Identifier: Apache-2.0
// report.h: a study as one HTML page that needs nothing else.
#pragma once

#include <string>
#include <vector>

#include "study/results/study_results.h"

namespace stapes {

// The same results give the same bytes: its date is that of the last cell that was started. `demo`: where a page that
// runs the recommended model in a browser lies, as a path from the report; empty: there is none.
std::string study_report(const StudyResults& results, const std::string& demo = "");

// Its charts as SVG files of their own: "accuracy", "accuracy-window" (not of images), "difference" (of pairs), and for
// each target "TARGET-flash", "TARGET-ram" and "TARGET-instructions", where there is something to draw.
struct Figure {
  std::string name, svg;
};
std::vector<Figure> study_figures(const StudyResults& results);

}  // namespace stapes
