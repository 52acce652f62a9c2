// SPDX-License-Identifier: Apache-2.0
#include "emulate/energy_estimate.h"

#include <algorithm>

namespace stapes {
namespace {

// Scales seconds from typical to lowest and highest cycles per instruction.
Estimated seconds_of(const EnergyRequest& request, const TimeEstimate& time, double typical) {
  const FactorRange& cycles = request.board.cycles_per_instruction;
  const double at_one = typical / time.cycles_per_instruction;
  return {at_one * cycles.low, typical, at_one * cycles.high};
}

// joules = seconds * clock * joules per cycle
Estimated joules_of(const EnergyRequest& request, const TimeEstimate& time, const Estimated& seconds) {
  const FactorRange& picojoules = request.board.picojoules_per_cycle;
  const double scale = time.clock_hz * 1e-12;
  return {seconds.low * scale * picojoules.low, seconds.typical * scale * picojoules.middle(),
          seconds.high * scale * picojoules.high};
}

// Mean power of a core that computes for `seconds`, then sleeps until the next step. The highest estimate may leave no
// time to sleep.
double mean_watts(const EnergyRequest& request, double every, double seconds, double joules) {
  const double busy = std::min(1.0, seconds / every);
  const double computing = seconds > every ? joules / seconds : joules / every;
  return computing + request.sleep_amperes * request.volts() * (1 - busy);
}

Estimated days_of(const Battery& battery, const Estimated& watts) {
  const auto days = [&](double mean) { return battery.joules() / mean / 86400; };
  return {days(watts.high), days(watts.typical), days(watts.low)};
}

double every_of(const EnergyRequest& request, const TimeEstimate& time, const fb::Model& model) {
  if (request.every_seconds) return *request.every_seconds;
  if (input_kind(model) != InputKind::kSound) return 0;
  return static_cast<double>(time.hop_samples) / model.sample_rate_hz();
}

}  // namespace

EnergyEstimate estimate_energy(const EnergyRequest& request, const TimeEstimate& time, const fb::Model& model) {
  EnergyEstimate estimate;
  estimate.window_seconds = seconds_of(request, time, time.window_seconds);
  estimate.window_joules = joules_of(request, time, estimate.window_seconds);
  const double step = request.every_seconds ? time.window_seconds : time.hop_seconds;
  estimate.step_seconds = seconds_of(request, time, step);
  estimate.step_joules = joules_of(request, time, estimate.step_seconds);
  const double every = estimate.every_seconds = every_of(request, time, model);
  if (every == 0) return estimate;
  estimate.keeps_up = estimate.step_seconds.typical <= every;
  if (!estimate.keeps_up) return estimate;
  const Estimated &seconds = estimate.step_seconds, &joules = estimate.step_joules;
  estimate.mean_watts = {mean_watts(request, every, seconds.low, joules.low),
                         mean_watts(request, every, seconds.typical, joules.typical),
                         mean_watts(request, every, seconds.high, joules.high)};
  if (request.battery) estimate.battery_days = days_of(*request.battery, *estimate.mean_watts);
  return estimate;
}

}  // namespace stapes
