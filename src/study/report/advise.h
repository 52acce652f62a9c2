// SPDX-License-Identifier: Apache-2.0
// advise.h: which model of a study fits a chip, and which limits the others exceed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/names.h"
#include "study/results/paired.h"
#include "study/results/study_results.h"

namespace stapes {

struct Limits {  // empty = none
  std::optional<std::int64_t> flash_bytes, ram_bytes;
  std::optional<double> latency_ms;  // of one window
  std::optional<double> accuracy;    // percent, minimum
};

enum class AdviceRank { kAccuracy, kAuroc };  // AUROC: evaluate/open_set.h
template <>
inline constexpr auto kNames<AdviceRank> = std::to_array<Named<AdviceRank>>({{AdviceRank::kAccuracy, "accuracy"},
                                                                             {AdviceRank::kAuroc, "auroc"}});

struct AdviceRequest {
  std::string target;   // a board or its family (TargetCost::target)
  std::string classes;  // empty: the study's only choice
  Limits limits;
  Protocol protocol = Protocol::kTenCrops;
  AdviceRank rank = AdviceRank::kAccuracy;  // ranks the models that fit
};

struct Shortfall {
  std::string text;   // "needs 38.0 KiB more flash"
  double excess = 0;  // relative to the limit
};

// One series for the chosen classes.
struct AdviceCandidate {
  std::string series;
  SeriesPoint point;
  MeanInterval accuracy;              // percent; of the requested protocol
  std::optional<MeanInterval> auroc;  // of the same protocol
  std::string failure;                // why figures are missing or not trusted; empty = valid

  // Maximum over cells, because pruned models differ between folds.
  std::int64_t flash_bytes = 0, ram_bytes = 0;
  std::int64_t instructions = 0;  // of one window; 0: not counted
  double window_ms = 0;
  double hop_ms = 0, hop_sound_ms = 0;  // as in TargetCost
  bool estimated = false;               // applies to window_ms and hop_ms

  std::vector<Shortfall> shortfalls;
  std::string behind;  // of fitting models except the best: "2.10 points less accurate"

  bool fits() const { return failure.empty() && shortfalls.empty(); }
  double excess() const;  // largest over all limits
  bool under_trained() const;
  double duty_percent() const { return hop_sound_ms > 0 ? 100 * hop_ms / hop_sound_ms : 0; }
  // The cell to export: first fold and seed. Choosing by test accuracy would bias the figures upward.
  const FinishedCell& first_cell() const;
};

// Borrows from the results.
struct Advice {
  AdviceRequest request;  // with the classes and the exact target filled in
  int class_count = 0;
  // Order: models that fit (by mean accuracy or AUROC, then flash), models that do not (by excess()), models without
  // figures.
  std::vector<AdviceCandidate> candidates;
  std::optional<PairedDifference> lead;  // accuracy of best() minus that of runner_up(), same clips

  std::size_t fitting() const;
  const AdviceCandidate* best() const;       // null: none fits
  const AdviceCandidate* runner_up() const;  // null: fewer than two fit
  const AdviceCandidate* nearest() const;    // null: a model fits, or none has figures
};

// Throws UsageError listing the choices if the study lacks the classes or figures for the target, or if `classes` is
// empty and the study has several choices. Throws Error if no cell is finished.
Advice advise(const StudyResults& results, const AdviceRequest& request);

// The packed model of the first cell.
std::filesystem::path model_file(const AdviceCandidate& candidate, const StudyResults& results);

std::string export_command(const AdviceCandidate& candidate, const std::string& target, const StudyResults& results);

// The command that exports the best model; at least one model must fit.
std::string export_command(const Advice& advice, const StudyResults& results);

// One line; empty if a model fits.
std::string why_none(const Advice& advice);

std::string advice_text(const Advice& advice, const StudyResults& results);
nlohmann::json advice_json(const Advice& advice, const StudyResults& results);

}  // namespace stapes
