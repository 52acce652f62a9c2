// SPDX-License-Identifier: Apache-2.0
// study_verdict.h: `stapes verdict RESULTS`: the first screen of a study's report as text.
#pragma once

#include <string>

#include "study/report/recommend.h"

namespace stapes {

// The sentences and the table of the recommendation, and how reliable it is.
std::string study_verdict(const StudyResults& results, const Recommendation& recommendation);

}  // namespace stapes
