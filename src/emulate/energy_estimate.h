// SPDX-License-Identifier: Apache-2.0
// energy_estimate.h: estimates energy and battery life from counted instructions. Figures are ranges: cycles per
// instruction are assumed, and energy per cycle was measured with other networks (energy_board.h).
#pragma once

#include <optional>

#include "base/quantity.h"
#include "emulate/energy_board.h"
#include "emulate/time_estimate.h"

namespace stapes {

constexpr double kUsualSleepAmperes = 5e-6;
constexpr double kUsualVolts = 3;  // while asleep, if no battery is given

struct EnergyRequest {
  EnergyBoard board;
  std::optional<double> every_seconds;  // from one whole window to the next; empty: the hop, or a window's duration
  double sleep_amperes = kUsualSleepAmperes;
  std::optional<Battery> battery;

  double volts() const { return battery ? battery->volts : kUsualVolts; }
};

struct Estimated {
  double low = 0, typical = 0, high = 0;
};

struct EnergyEstimate {
  Estimated window_seconds, window_joules;  // to compute one window
  Estimated step_seconds, step_joules;      // of each hop or window
  double every_seconds = 0;                 // 0: unknown (no sound, no period given)
  bool keeps_up = true;                     // whether step_seconds.typical is at most every_seconds
  std::optional<Estimated> mean_watts;      // empty unless keeps_up
  std::optional<Estimated> battery_days;    // also empty without a battery
};

// `time` must be for the same board and hop.
EnergyEstimate estimate_energy(const EnergyRequest& request, const TimeEstimate& time, const fb::Model& model);

}  // namespace stapes
