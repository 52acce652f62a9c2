// SPDX-License-Identifier: Apache-2.0
#include "cli/detector_options.h"

#include "base/error.h"
#include "cli/real_range.h"

namespace stapes::cli {

void add_detector_options(CLI::App& command, DetectorOptions& detector) {
  const auto add_ms = [&](const std::string& name, std::optional<double>& ms, const std::string& help) {
    command.add_option(name, ms, help)->check(real_range(0, 1e7))->type_name("MS")->group("Detector");
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--threshold",
          [&detector](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) detector.thresholds.push_back(parse_threshold(text));
          },
          "Mean probability at which a class is detected, 0 to 1: for all classes (0.8) or one (yes=0.8); noise=off "
          "disables a class; repeatable")
      ->allow_extra_args(false)
      ->type_name("[CLASS=]LEVEL")
      ->group("Detector");
  add_ms("--average", detector.average_ms, "Time over which scores are averaged, in ms");
  add_ms("--suppress", detector.suppress_ms, "Time without detections after each detection, in ms");
  add_ms("--latency", detector.latency_ms, "Time between scores, in ms; rounded to the model's step");
  command.add_option("--count", detector.minimum_windows, "Minimum number of scores in the mean for a detection")
      ->check(CLI::Range(1, Detector::kMaxWindows))
      ->group("Detector");
  command
      .add_option("--hysteresis", detector.hysteresis,
                  "Distance a class must fall below its threshold before it can be detected again; 0: none")
      ->check(real_range(0, 1))
      ->group("Detector");
  command
      .add_option_function<std::string>(
          "--gate",
          [&detector](const std::string& text) {
            const ClassThreshold gate = parse_threshold(text);
            if (gate.label.empty() || gate.threshold > 1)
              throw UsageError("--gate '{}': expected CLASS=LEVEL, with LEVEL from 0 to 1", text);
            detector.gate = gate;
          },
          "Condition for detections: the mean of CLASS is at least LEVEL")
      ->type_name("CLASS=LEVEL")
      ->group("Detector");
  command
      .add_option_function<std::string>(
          "--gate-level", [&detector](const std::string& text) { detector.gate_power = parse_gate_level(text); },
          "Minimum level of a window for detections, in dBFS, -96 to 0; off: none")
      ->type_name("DBFS")
      ->group("Detector");
}

}  // namespace stapes::cli
