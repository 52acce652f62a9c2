// SPDX-License-Identifier: Apache-2.0
// cell_result.h: result.json in a cell's folder, written by the process that ran the cell. Reports, advice and
// statistics read only these files.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "study/plan/cell.h"

namespace stapes {

// A test clip and the packed model's decisions, as class indices. Clips are in data set order.
struct ClipDecision {
  std::string name, source;
  int label = 0;
  int ten_crops = 0, single_window = 0;
};

// Cost on one board (src/emulate/board.h). Instructions are counted, bytes measured, ms estimated ("host": measured).
struct TargetCost {
  std::string target;
  std::string failure;            // why figures are missing, one line; empty = valid
  std::int64_t instructions = 0;  // 0 on the host
  std::int64_t flash_bytes = 0, ram_bytes = 0, stack_bytes = 0;
  double window_ms = 0;
  bool estimated = true;     // window_ms assumes a clock and cycles per instruction
  bool same_result = false;  // bit-identical to the host, or nearly equal float scores
  // Live listening: computing time per hop of `hop_sound_ms`. 0: not streamable, or a result from before 2026-11-29.
  double hop_ms = 0, hop_sound_ms = 0;

  double duty_percent() const { return hop_sound_ms > 0 ? 100 * hop_ms / hop_sound_ms : 0; }
};

struct CurvePoint {
  int epoch = 0;
  double loss = 0;
  std::optional<double> accuracy;    // percent, training form, 10 crops; on evaluated epochs
  std::optional<double> alpha = {};  // binary: smallest mean |W| of any layer; empty in older results
};

struct CellResult {
  CellId id;
  std::string form;  // "fp32", "xnor", "int8"
  std::vector<std::string> labels;
  std::vector<ClipDecision> clips;

  // Only with a class `unknown` or `background` (evaluate/open_set.h); empty in older results.
  std::optional<double> auroc, window_auroc;  // ten crops, single window

  // Packed model: file bytes and host_ms measured, the rest counted. macs includes binary_macs.
  std::int64_t file_bytes = 0, arena_bytes = 0, macs = 0, binary_macs = 0;
  std::int64_t parameters = 0, binary_parameters = 0;  // parameters includes binary ones
  double host_ms = 0;
  std::vector<int> widths;  // filters of each convolution
  std::vector<TargetCost> targets;

  // Training. A cell that only quantizes has its parent's epochs and no curve.
  int epochs = 0;                       // including those of its starting model
  int published_epochs = 0;             // of the recipe it reproduces; 0 = none. Fewer epochs: under-trained
  std::optional<double> best_accuracy;  // percent, training form; best epoch on the test fold, so optimistic
  std::vector<CurvePoint> curve;

  // Provenance.
  std::vector<std::string> commands;                 // as a user would type them, without the parents' commands
  std::string parent;                                // folder of its parent; empty = none
  std::string data_hash, version, machine, started;  // `started`: UTC, ISO 8601
  std::optional<int> threads;                        // of training; empty in older results, which state it in `machine`
  double seconds = 0;                                // wall clock, over all attempts that contributed
  std::string caveats;                               // why its accuracies may be optimistic (runs/lineage.h)

  bool under_trained() const { return epochs < published_epochs; }
  double accuracy() const;         // percent, 10 crops
  double window_accuracy() const;  // percent, single window
  // Percent of `unknown` and `background` clips classified as a known class, ten crops.
  std::optional<double> accepted_share() const;
};

nlohmann::json to_json(const CellResult& result);
// Throws Error naming `where`. Checks lengths and decisions, too.
CellResult cell_result_from_json(const nlohmann::json& json, const std::string& where);

}  // namespace stapes
