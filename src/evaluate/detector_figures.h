// SPDX-License-Identifier: Apache-2.0
// detector_figures.h: estimates detector performance from clips, to select an epoch (--select detector).
//
// Evaluates the middle window of each clip of a known class, and consecutive windows (at least one) of each clip of
// `unknown` or `background`. As in kernels/detector, a window is accepted as its most probable known class if that
// probability, in 256ths, reaches the threshold. A window accepted as a wrong class is a false accept.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "data/data_set.h"
#include "evaluate/evaluation.h"

namespace stapes {

inline constexpr double kDetectorRate = 0.5;  // false accepts per hour

struct DetectorFigures {
  double hours = 0;          // of the windows of unknown and background
  int events = 0, hits = 0;  // clips of known classes, and those accepted as their class
  int false_accepts = 0;
  int threshold = 0;  // in 256ths: the lowest with at most kDetectorRate * hours false accepts; 256 accepts nothing
  double auroc = 0;   // of the windows (open_set.h)

  double recall() const { return events == 0 ? 0 : 100.0 * hits / events; }  // percent
};

// The windows are in clip order and borrow the samples of `clips`.
ClipSet detector_windows(const ClipSet& clips, int window_samples);

// `evaluation` must hold the probabilities of all `windows`. Needs known classes and classes to reject.
DetectorFigures detector_figures(const Evaluation& evaluation, const ClipSet& windows);

// Compares hits, then false accepts (fewer are better), then AUROC.
bool is_better(const DetectorFigures& a, const DetectorFigures& b);
// The same, then compares accuracy (percent).
bool is_better_epoch(const DetectorFigures& a, double accuracy_a, const DetectorFigures& b, double accuracy_b);

// Throws UsageError unless the clips are sound and include both a known class and `unknown` or `background`.
void check_detector_clips(const ClipSet& clips);

nlohmann::json to_json(const DetectorFigures& figures);
DetectorFigures detector_figures_from_json(const nlohmann::json& json);  // throws nlohmann::json::exception

}  // namespace stapes
