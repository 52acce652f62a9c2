// SPDX-License-Identifier: Apache-2.0
// recommend.h: which model of a study to ship for the chip it was measured on, why, and what that costs against full
// precision. `advise.h` answers for limits of one's own; here they are the memory of the chip.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "emulate/board.h"
#include "study/report/advise.h"

namespace stapes {

// Percent points below the most accurate model that fits: up to here the fastest model is recommended. A choice, not a
// statistic: a test set of some hundred clips does not tell two points apart.
inline constexpr double kAboutAsAccurate = 2;

// Borrows from the results.
struct Recommendation {
  Advice advice;                      // within the memory of the board's product; on this machine without limits
  std::optional<std::size_t> chosen;  // of advice.candidates; none fits: nothing
  std::optional<std::size_t> full_precision;   // the chosen one's counterpart; nothing: none, or it is the chosen one
  std::optional<PairedDifference> difference;  // chosen - full precision, on the same clips
  const Board* board = nullptr;                // of the target; null: not known

  const std::string& target() const { return advice.request.target; }
  bool emulated() const { return board != nullptr && board->emulated(); }
  const AdviceCandidate* ship() const { return chosen ? &advice.candidates[*chosen] : nullptr; }
  const AdviceCandidate* reference() const { return full_precision ? &advice.candidates[*full_precision] : nullptr; }
};

// The target of a recommendation without one named: the first with figures, one that is not this machine if possible.
// Empty: none has figures.
std::string recommended_target(const StudyResults& results);

// "; the first reason: ...": why the first cell without figures has none. Empty: none was measured on a target.
std::string first_target_failure(const StudyResults& results);

// Throws like advise().
Recommendation recommend(const StudyResults& results, const std::string& target, const std::string& classes = "");

// Text of one paragraph each, without line breaks.
std::string ship_sentence(const Recommendation& recommendation);  // which model, its figures; or that none fits
std::string why_sentence(const Recommendation& recommendation);   // why that one; the cost against full precision

// "cortex-m4 (STM32F407, 168 MHz)"; "this machine".
std::string chip_text(const Recommendation& recommendation);

// "92.5 (88.1 to 95.4)": by clips where there is one cell, over folds where there are more.
std::string accuracy_text(const AdviceCandidate& candidate);

// A row a model, in the study's order.
std::string recommendation_table(const Recommendation& recommendation);

nlohmann::json recommendation_json(const Recommendation& recommendation, const StudyResults& results);

}  // namespace stapes
