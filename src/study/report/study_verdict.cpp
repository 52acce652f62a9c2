// SPDX-License-Identifier: Apache-2.0
#include "study/report/study_verdict.h"

#include <fmt/format.h>

#include "base/text.h"
#include "study/report/report_verdict.h"

namespace stapes {

std::string study_verdict(const StudyResults& results, const Recommendation& recommendation) {
  constexpr std::size_t kLineLength = 100;
  const ReportData data(results, recommendation);
  std::string text = wrapped(ship_sentence(recommendation), kLineLength);
  if (const std::string why = why_sentence(recommendation); !why.empty()) text += wrapped(why, kLineLength);
  text += wrapped(report_verdict(data).caution, kLineLength);
  text += "\n" + recommendation_table(recommendation);
  text += recommendation.emulated() ? "Measured: accuracy, flash, RAM. Counted in an emulator: instructions. ESTIMATE: "
                                      "ms and duty, from an assumed\nclock and cycles per instruction.\n"
                                    : "Measured on the machine that ran the study: accuracy, flash, RAM, ms.\n";
  return text;
}

}  // namespace stapes
