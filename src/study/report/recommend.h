// SPDX-License-Identifier: Apache-2.0
// recommend.h: which model of a study to ship for a chip, and why. The limit is the chip's memory; advise.h takes the
// user's limits.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "emulate/board.h"
#include "study/report/advise.h"

namespace stapes {

// The recommended model is the fastest within this many percentage points of the most accurate one that fits. A few
// hundred test clips cannot resolve two points.
inline constexpr double kAboutAsAccurate = 2;

// Borrows from the results.
struct Recommendation {
  Advice advice;                               // limited to the board's memory; no limits on this machine
  std::optional<std::size_t> chosen;           // index into advice.candidates; empty if none fits
  std::optional<std::size_t> full_precision;   // of the same network if possible; empty: none, or it is `chosen`
  std::optional<PairedDifference> difference;  // chosen - full precision, same clips
  const Board* board = nullptr;                // the target's board; null: unknown
  InputKind kind = InputKind::kSound;

  const std::string& target() const { return advice.request.target; }
  bool emulated() const { return board != nullptr && board->emulated(); }
  const AdviceCandidate* ship() const { return chosen ? &advice.candidates[*chosen] : nullptr; }
  const AdviceCandidate* reference() const { return full_precision ? &advice.candidates[*full_precision] : nullptr; }
};

// The first board with figures, otherwise this machine. Empty without figures.
std::string recommended_target(const StudyResults& results);

// "; first reason: ..." of the first cell without figures for a target; empty if there is none.
std::string first_target_failure(const StudyResults& results);

// Throws like advise().
Recommendation recommend(const StudyResults& results, const std::string& target, const std::string& classes = "");

// Empty if there is no recommended_target(), if finished cells differ in classes, or if the plan has pairs.
std::optional<Recommendation> recommendation_for(const StudyResults& results);

// One line: the model to ship and its figures, or that none fits.
std::string ship_sentence(const Recommendation& recommendation);

// One line: why that model, and its cost relative to full precision.
std::string why_sentence(const Recommendation& recommendation);

// "cortex-m4 (STM32F407, 168 MHz)"; "this machine".
std::string chip_text(const Recommendation& recommendation);

// "92.5 (88.1 to 95.4)": interval over clips for one cell, over folds for several.
std::string accuracy_text(const AdviceCandidate& candidate);

// One row per model, in study order.
std::string recommendation_table(const Recommendation& recommendation);

nlohmann::json recommendation_json(const Recommendation& recommendation, const StudyResults& results);

}  // namespace stapes
