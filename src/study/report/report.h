// SPDX-License-Identifier: Apache-2.0
// report.h: a study as one HTML page that needs nothing else.
#pragma once

#include <string>

#include "study/results/study_results.h"

namespace stapes {

// The same results give the same bytes: its date is that of the last cell that was started.
std::string study_report(const StudyResults& results);

}  // namespace stapes
