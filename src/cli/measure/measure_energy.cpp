// SPDX-License-Identifier: Apache-2.0
#include "cli/measure/measure_energy.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/names.h"
#include "cli/command.h"

namespace stapes::cli {
namespace {

nlohmann::json range_json(const Estimated& value, double scale) {
  return {{"estimate", value.typical * scale}, {"low", value.low * scale}, {"high", value.high * scale}};
}

// "34.7 to 46.3 ms"
std::string range_text(const Estimated& value, double scale, const char* unit) {
  return fmt::format("{:.3g} to {:.3g} {}", value.low * scale, value.high * scale, unit);
}

std::string days_text(double days) { return days < 10 ? fmt::format("{:.1f}", days) : fmt::format("{:.0f}", days); }

// "200 ms", "1 s"
std::string period_text(double seconds) {
  return seconds < 1 ? fmt::format("{:g} ms", seconds * 1e3) : fmt::format("{:g} s", seconds);
}

std::string factors_text(const EnergyReport& report) {
  const EnergyBoard& board = report.request.board;
  return fmt::format("{} to {} cycles per instruction, {} to {} pJ per cycle", board.cycles_per_instruction.low,
                     board.cycles_per_instruction.high, board.picojoules_per_cycle.low,
                     board.picojoules_per_cycle.high);
}

void print_mean_power(const EnergyReport& report) {
  const EnergyEstimate& energy = report.energy;
  if (energy.every_seconds == 0) {
    return print_out("mean power    depends on how often the model runs; add a period such as --every 1s\n");
  }
  if (!energy.mean_watts) return print_out("mean power    none: the board cannot keep up\n");
  const EnergyRequest& request = report.request;
  print_out("mean power    {:.3g} mW at {} every {}, {:g} uA asleep at {:g} V: {}  [ESTIMATE]\n",
            energy.mean_watts->typical * 1e3, request.every_seconds || !report.takes_sound ? "one window" : "one hop",
            period_text(energy.every_seconds), request.sleep_amperes * 1e6, request.volts(),
            range_text(*energy.mean_watts, 1e3, "mW"));
  if (!energy.battery_days) return;
  print_out("battery       {} days on {:g} mAh at {:g} V: {} to {}  [ESTIMATE]\n",
            days_text(energy.battery_days->typical), request.battery->ampere_hours * 1e3, request.battery->volts,
            days_text(energy.battery_days->low), days_text(energy.battery_days->high));
}

}  // namespace

std::optional<EnergyRequest> EnergyOptions::request() const {
  if (board.empty()) return std::nullopt;
  EnergyRequest request{.board = find_energy_board(board), .every_seconds = {}, .battery = {}};
  if (every) request.every_seconds = parse_interval(*every, "--every");
  if (sleep_current) request.sleep_amperes = parse_current(*sleep_current, "--sleep-current");
  if (battery) request.battery = parse_battery(*battery, "--battery");
  return request;
}

void add_energy_options(CLI::App& command, EnergyOptions& options) {
  const Heading heading(command, "Time and energy on a board (estimates)");
  CLI::Option* board = command.add_option(
      "--board", options.board,
      "Board to estimate time and energy for " + braced(energy_board_names()) + "; sets target, clock and memory");
  command.add_option("--every", options.every, "Period between windows, e.g. 200ms, 1s or 10min (default: the hop)")
      ->type_name("TIME")
      ->needs(board)
      ->excludes(command.get_option("--hop"));
  command.add_option("--sleep-current", options.sleep_current, "Current between windows (default 5uA)")
      ->type_name("CURRENT")
      ->needs(board);
  command.add_option("--battery", options.battery, "Battery to estimate the running time on, e.g. 1000mAh@3V")
      ->type_name("CHARGE@VOLTAGE")
      ->needs(board);
}

nlohmann::json energy_json(const EnergyReport& report) {
  const auto& [request, energy, clock_hz, cycles_per_instruction, takes_sound] = report;
  const EnergyBoard& board = request.board;
  nlohmann::json json = {
      {"board", board.name},
      {"kit", board.kit},
      {"chip", board.chip},
      {"supply", board.supply},
      {"clock_hz", clock_hz},
      {"cycles_per_instruction",
       range_json({board.cycles_per_instruction.low, cycles_per_instruction, board.cycles_per_instruction.high}, 1)},
      {"picojoules_per_cycle",
       range_json(
           {board.picojoules_per_cycle.low, board.picojoules_per_cycle.middle(), board.picojoules_per_cycle.high}, 1)},
      {"window_ms", range_json(energy.window_seconds, 1e3)},
      {"window_mj", range_json(energy.window_joules, 1e3)},
      {"step_ms", range_json(energy.step_seconds, 1e3)},
      {"step_mj", range_json(energy.step_joules, 1e3)},
      {"sleep_ua", request.sleep_amperes * 1e6},
      {"volts", request.volts()},
      {"keeps_up", energy.keeps_up}};
  if (energy.every_seconds > 0) json["every_ms"] = energy.every_seconds * 1e3;
  if (energy.mean_watts) json["mean_mw"] = range_json(*energy.mean_watts, 1e3);
  if (request.battery) json["battery_mah"] = request.battery->ampere_hours * 1e3;
  if (energy.battery_days) json["battery_days"] = range_json(*energy.battery_days, 1);
  return json;
}

void print_energy(const EnergyReport& report) {
  const EnergyBoard& board = report.request.board;
  const EnergyEstimate& energy = report.energy;
  print_out("board         {} ({}, {:g} MHz), measured at {}\n", board.kit, board.chip, report.clock_hz * 1e-6,
            board.supply);
  print_out("energy        {:.3g} mJ and {:.3g} ms for one window: {}, {}  [ESTIMATE: {}]\n",
            energy.window_joules.typical * 1e3, energy.window_seconds.typical * 1e3,
            range_text(energy.window_joules, 1e3, "mJ"), range_text(energy.window_seconds, 1e3, "ms"),
            factors_text(report));
  print_mean_power(report);
  print_out("not counted   {}\n", report.takes_sound ? "the microphone" : "the sensor and any computation of features");
}

void warn_if_it_cannot_keep_up(const EnergyReport& report) {
  if (report.energy.keeps_up || !report.request.every_seconds) return;
  print_notice("warning", fmt::format("too slow: a window takes {:.3g} ms on {}, but one is due every {}; choose a "
                                      "longer --every or a smaller model",
                                      report.energy.step_seconds.typical * 1e3, report.request.board.name,
                                      period_text(report.energy.every_seconds)));
}

}  // namespace stapes::cli
