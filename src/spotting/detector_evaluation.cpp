// SPDX-License-Identifier: Apache-2.0
#include "spotting/detector_evaluation.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace stapes {
namespace {

Tally mlperf_tally(const std::vector<ScoredRecording>& recordings, CurveOptions options, double tolerance_s) {
  options.tolerance_s = tolerance_s;
  return tally_at(recordings, static_cast<std::uint16_t>(std::lround(kMlperfThreshold * 65536)), options);
}

}  // namespace

DetectorEvaluation evaluate_detector(const std::vector<ScoredRecording>& recordings, const CurveOptions& options,
                                     double target) {
  DetectorEvaluation e;
  e.recordings = recordings.size();
  e.curve = operating_curve(recordings, options);
  for (const ScoredRecording& recording : recordings) e.seconds += recording.track.seconds();
  e.rates.assign(std::begin(kUsualRates), std::end(kUsualRates));
  if (std::ranges::find(e.rates, target) == e.rates.end()) e.rates.push_back(target);
  if (options.rule == CountingRule::kMlperf) {
    e.mlperf_1s = mlperf_tally(recordings, options, 1);
    e.mlperf_2s = mlperf_tally(recordings, options, 2);
  }
  return e;
}

}  // namespace stapes
