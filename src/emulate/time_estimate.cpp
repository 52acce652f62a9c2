// SPDX-License-Identifier: Apache-2.0
#include "emulate/time_estimate.h"

#include <algorithm>

#include "base/error.h"
#include "runtime/front_end.h"
#include "stapes/stream.h"

namespace stapes {
namespace {

// Instructions or nanoseconds of one hop, in which the front end computes only the new columns. On a busy host, the
// layers, timed once, may take longer than the median window. Their times are then scaled down.
double cost_of_hop(const ExportMeasure& measure, const fb::Model& model, double window_cost, int hop_samples) {
  const FrontEnd front_end = plan_front_end(model);
  const int step = step_samples(model, front_end);
  if (step == 0) return window_cost;
  double front = 0, all = 0;
  for (std::size_t i = 0; i < measure.layers.size(); ++i) {
    const auto elapsed = static_cast<double>(measure.layers[i].elapsed);
    if (i < front_end.layers) front += elapsed;
    all += elapsed;
  }
  if (all > window_cost) front *= window_cost / all;
  const double new_columns = static_cast<double>(hop_samples) / step;
  return window_cost - front * (1 - std::min(1.0, new_columns / front_end.columns));
}

}  // namespace

void check_hop(const fb::Model& model, int hop_samples) {
  if (hop_samples == 0 || hop_samples == model.window_samples()) return;
  const int step = step_samples(model, plan_front_end(model));
  if (step == 0) {
    throw UsageError("--hop {}: this model computes each window as a whole; leave out --hop", hop_samples);
  }
  if (hop_samples % step == 0) return;
  throw UsageError("--hop {}: expected a multiple of {} samples for this model; the nearest is {}", hop_samples, step,
                   StreamClassifier::nearest_hop_samples(step, hop_samples));
}

TimeEstimate estimate_time(const ExportMeasure& measure, const fb::Model& model, double clock_hz, int hop_samples) {
  check_hop(model, hop_samples);
  TimeEstimate estimate;
  estimate.hop_samples = hop_samples > 0 ? hop_samples : model.window_samples();
  double seconds = 1e-9, window = static_cast<double>(measure.run.nanoseconds);  // seconds per measured unit
  if (measure.board.emulated()) {
    estimate.clock_hz = clock_hz > 0 ? clock_hz : measure.board.clock_hz;
    estimate.cycles_per_instruction = measure.board.cycles_per_instruction;
    seconds = estimate.cycles_per_instruction / estimate.clock_hz;
    window = static_cast<double>(measure.run.instructions);
  }
  estimate.window_seconds = window * seconds;
  if (measure.hop) {
    estimate.hop_seconds = measure.hop->hop_cost() * seconds;
    estimate.mean_push_seconds = measure.hop->mean_push() * seconds;
    estimate.worst_push_seconds = static_cast<double>(measure.hop->worst) * seconds;
  } else {
    estimate.hop_seconds = cost_of_hop(measure, model, window, estimate.hop_samples) * seconds;
  }
  if (input_kind(model) == InputKind::kSound) {
    const double hop_of_sound = static_cast<double>(estimate.hop_samples) / model.sample_rate_hz();
    estimate.times_real_time = hop_of_sound / estimate.hop_seconds;
  }
  return estimate;
}

}  // namespace stapes
