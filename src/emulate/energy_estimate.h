// SPDX-License-Identifier: Apache-2.0
// energy_estimate.h: the battery energy of counted instructions. An estimate: cycles per instruction are assumed, and
// energy per cycle was measured with other networks (energy_board.h), so each figure has a range.
#pragma once

#include <optional>

#include "base/quantity.h"
#include "emulate/energy_board.h"
#include "emulate/time_estimate.h"

namespace stapes {

constexpr double kUsualSleepAmperes = 5e-6;
constexpr double kUsualVolts = 3;  // asleep, without a battery

struct EnergyRequest {
  EnergyBoard board;
  std::optional<double> every_seconds;  // a whole window each time; nothing: the hop, or a window's duration
  double sleep_amperes = kUsualSleepAmperes;
  std::optional<Battery> battery;

  double volts() const { return battery ? battery->volts : kUsualVolts; }
};

struct Estimated {
  double low = 0, typical = 0, high = 0;
};

struct EnergyEstimate {
  Estimated window_seconds, window_joules;  // of computing one window
  Estimated step_seconds, step_joules;      // of each computation: a hop, or again the window
  double every_seconds = 0;                 // 0: unknown, since the model takes no sound and no time was given
  bool keeps_up = true;                     // whether step_seconds.typical is less than every_seconds
  std::optional<Estimated> mean_watts;      // where it keeps up
  std::optional<Estimated> battery_days;    // and a battery was given
};

// `time` is of the same board and hop.
EnergyEstimate estimate_energy(const EnergyRequest& request, const TimeEstimate& time, const fb::Model& model);

}  // namespace stapes
