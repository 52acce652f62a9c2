// SPDX-License-Identifier: Apache-2.0
#include "study/report/study_verdict.h"

#include <fmt/format.h>

#include "study/report/report_verdict.h"

namespace stapes {
namespace {

constexpr std::size_t kLineLength = 100;

// Breaks lines at blanks.
std::string wrapped(const std::string& text) {
  std::string lines, line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!line.empty() && line.size() + 1 + word.size() > kLineLength) {
      lines += line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  return lines + line + "\n";
}

}  // namespace

std::string study_verdict(const StudyResults& results, const Recommendation& recommendation) {
  ReportData data(results);
  data.recommendation = recommendation;
  std::string text = wrapped(ship_sentence(recommendation));
  if (const std::string why = why_sentence(recommendation); !why.empty()) text += wrapped(why);
  text += wrapped(report_verdict(data).caution);
  text += "\n" + recommendation_table(recommendation);
  text += recommendation.emulated()
              ? "Measured: accuracy, flash, RAM. Counted in an emulator: instructions. ESTIMATE: ms and duty, with the "
                "clock and\ncycles an instruction assumed.\n"
              : "Measured on this machine: accuracy, flash, RAM, ms.\n";
  return text;
}

}  // namespace stapes
