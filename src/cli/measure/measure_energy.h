// SPDX-License-Identifier: Apache-2.0
// measure_energy.h: board and battery options of `stapes measure` and their output.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "cli/cli11.h"
#include "emulate/energy_estimate.h"

namespace stapes::cli {

struct EnergyOptions {
  std::string board;
  std::optional<std::string> every, sleep_current, battery;

  // Empty without --board. Throws UsageError for an invalid value.
  std::optional<EnergyRequest> request() const;
};

// --board, --every, --sleep-current and --battery. `options` must outlive the parsed command.
void add_energy_options(CLI::App& command, EnergyOptions& options);

struct EnergyReport {
  const EnergyRequest& request;
  const EnergyEstimate& energy;
  double clock_hz = 0, cycles_per_instruction = 0;  // typical
  bool takes_sound = true;
};

nlohmann::json energy_json(const EnergyReport& report);
void print_energy(const EnergyReport& report);
void warn_if_it_cannot_keep_up(const EnergyReport& report);

}  // namespace stapes::cli
