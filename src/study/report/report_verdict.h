// SPDX-License-Identifier: Apache-2.0
// report_verdict.h: states the finding of a study in two or three sentences.
#pragma once

#include <string>

#include "study/report/report_data.h"

namespace stapes {

struct ReportVerdict {
  std::string finding;   // text: the model to ship, or the route that leads at equal flash, and from how many classes
  std::string caution;   // text: how reliable the finding is
  std::string why = {};  // text: why a model is recommended, if one is
};

// Compares accuracies on ten crops. A series leads only if the interval of the paired difference excludes 0.
ReportVerdict report_verdict(const ReportData& data);

}  // namespace stapes
