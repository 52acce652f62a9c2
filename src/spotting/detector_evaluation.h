// SPDX-License-Identifier: Apache-2.0
// detector_evaluation.h: evaluates a detector on scored recordings.
#pragma once

#include <vector>

#include "spotting/operating_curve.h"

namespace stapes {

constexpr double kUsualRates[] = {0.5, 0.1};  // false accepts per hour
constexpr double kMlperfThreshold = 0.95;     // in MLPerf Tiny

struct DetectorEvaluation {
  double seconds = 0;  // of all recordings
  std::size_t recordings = 0;
  OperatingCurve curve;
  std::vector<double> rates;   // kUsualRates, and the target if different
  Tally mlperf_1s, mlperf_2s;  // only for CountingRule::kMlperf: at kMlperfThreshold, tolerance 1 and 2 s
};

// `target`: false accepts per hour. Throws like operating_curve().
DetectorEvaluation evaluate_detector(const std::vector<ScoredRecording>& recordings, const CurveOptions& options,
                                     double target);

}  // namespace stapes
