// SPDX-License-Identifier: Apache-2.0
// detector_figures.h: estimates from clips how a model would do as a detector. Selects an epoch (--select detector);
// `stapes eval-detector` measures on whole recordings.
//
// A clip of a known class counts with its middle window. Clips of `unknown` and `background` count with all windows
// that fit side by side, or one if they are shorter. As in kernels/detector, a window is accepted as its most probable
// known class if that probability, in 256ths, reaches the threshold. An accepted window of `unknown` or `background` is
// a false accept, and so is one of a known class accepted as another.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "data/data_set.h"
#include "evaluate/evaluation.h"

namespace stapes {

inline constexpr double kDetectorRate = 0.5;  // false accepts per hour

struct DetectorFigures {
  double hours = 0;          // in the windows of unknown and background
  int events = 0, hits = 0;  // clips of known classes, and those accepted as their class
  int false_accepts = 0;
  int threshold = 0;  // in 256ths: the lowest with at most kDetectorRate * hours false accepts; 256 accepts nothing
  double auroc = 0;   // open_set.h, of the windows

  double recall() const { return events == 0 ? 0 : 100.0 * hits / events; }  // percent
};

// The windows to evaluate, in clip order. Borrows like `clips`.
ClipSet detector_windows(const ClipSet& clips, int window_samples);

// `evaluation`: of all `windows`, with probabilities. Needs windows of a known class and of others.
DetectorFigures detector_figures(const Evaluation& evaluation, const ClipSet& windows);

// Every threshold meets kDetectorRate, so more hits are better; then fewer false accepts; then higher AUROC.
bool is_better(const DetectorFigures& a, const DetectorFigures& b);
// Selects the best epoch: of two equally good detectors, the more accurate network (percent) wins.
bool is_better_epoch(const DetectorFigures& a, double accuracy_a, const DetectorFigures& b, double accuracy_b);

// Throws UsageError for images, and unless there are clips of a known class and of `unknown` or `background`.
void check_detector_clips(const ClipSet& clips);

nlohmann::json to_json(const DetectorFigures& figures);
DetectorFigures detector_figures_from_json(const nlohmann::json& json);  // throws nlohmann::json::exception

}  // namespace stapes
