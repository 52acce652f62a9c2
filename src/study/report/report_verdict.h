// SPDX-License-Identifier: Apache-2.0
// report_verdict.h: what a study comes to, in two or three sentences.
#pragma once

#include <string>

#include "study/report/report_data.h"

namespace stapes {

struct ReportVerdict {
  std::string finding;   // text: which model to ship, or which route leads at equal flash, from how many classes on
  std::string caution;   // text: how far that can be trusted
  std::string why = {};  // text: of a recommendation, why that model; else empty
};

// By ten crops. Said to lead is a series only where the interval of the paired difference leaves 0 out.
ReportVerdict report_verdict(const ReportData& data);

}  // namespace stapes
