// SPDX-License-Identifier: Apache-2.0
// cell_result.h: what one cell of a study came to: result.json in the cell's folder. Written once, by the process that
// ran the cell; everything that compares (report, advice, statistics) reads these and nothing else.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "study/plan/cell.h"

namespace stapes {

// Of one test clip, in the order of the data set. Decisions are class indices; those of the packed form.
struct ClipDecision {
  std::string name, source;
  int label = 0;
  int ten_crops = 0, single_window = 0;
};

// What the packed model costs on one board (src/emulate/board.h). Instructions are counted, bytes measured, ms
// estimated (of "host": measured).
struct TargetCost {
  std::string target;
  std::string failure;            // why there are no figures, one line; empty = there are
  std::int64_t instructions = 0;  // 0 on the host
  std::int64_t flash_bytes = 0, ram_bytes = 0, stack_bytes = 0;
  double window_ms = 0;
  bool estimated = true;     // window_ms: clock and cycles an instruction assumed
  bool same_result = false;  // equal to this machine's bits (of float scores: near enough)
  // Live listening: computing for one hop of `hop_sound_ms`. 0: not sound, a network without columns to keep, or a
  // result from before 2026-11-29.
  double hop_ms = 0, hop_sound_ms = 0;

  double duty_percent() const { return hop_sound_ms > 0 ? 100 * hop_ms / hop_sound_ms : 0; }
};

struct CurvePoint {
  int epoch = 0;
  double loss = 0;
  std::optional<double> accuracy;    // percent, training form, 10 crops; on evaluated epochs
  std::optional<double> alpha = {};  // binary: mean |W| of the layer where it is smallest; none in older results
};

struct CellResult {
  CellId id;
  std::string form;  // "fp32", "xnor", "int8"
  std::vector<std::string> labels;
  std::vector<ClipDecision> clips;

  // Of models with a class `unknown` or `background` (evaluate/open_set.h); none in older results.
  std::optional<double> auroc, window_auroc;  // ten crops, single window

  // Of the packed model: file bytes and host_ms measured, the others counted. macs includes binary_macs.
  std::int64_t file_bytes = 0, arena_bytes = 0, macs = 0, binary_macs = 0;
  std::int64_t parameters = 0, binary_parameters = 0;  // parameters includes binary ones
  double host_ms = 0;
  std::vector<int> widths;  // filters of each convolution
  std::vector<TargetCost> targets;

  // Training. A cell that only quantizes has its parent's epochs and no curve.
  int epochs = 0;                       // its own and those of what it started from
  int published_epochs = 0;             // of the recipe it stands for; 0 = none. Fewer epochs: under-trained
  std::optional<double> best_accuracy;  // percent, training form, the best epoch on the test fold, which flatters
  std::vector<CurvePoint> curve;

  // Provenance.
  std::vector<std::string> commands;                 // as one would type them, parents' not included
  std::string parent;                                // folder name of the cell it was made from, or empty
  std::string data_hash, version, machine, started;  // `started`: UTC, ISO 8601
  std::optional<int> threads;                        // of training; none in older results, whose `machine` says it
  double seconds = 0;                                // of wall clock, all attempts' work that counted
  std::string caveats;                               // why its accuracies may flatter it (runs/lineage.h)

  bool under_trained() const { return epochs < published_epochs; }
  double accuracy() const;         // percent, 10 crops
  double window_accuracy() const;  // percent, single window
  // Percent of the clips of `unknown` and `background` that are taken for another class, ten crops.
  std::optional<double> accepted_share() const;
};

nlohmann::json to_json(const CellResult& result);
// `where` is named in errors. Everything is checked: lengths agree, decisions are classes. Throws Error.
CellResult cell_result_from_json(const nlohmann::json& json, const std::string& where);

}  // namespace stapes
