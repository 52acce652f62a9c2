// SPDX-License-Identifier: Apache-2.0
// report_fixture.h: a study that fills every part of a report: four routes, three choices of ESC-50 classes, several
// folds and targets, failed and missing cells.
#pragma once

#include <array>
#include <string>

#include "study/study_fixture.h"

namespace stapes::test {

inline constexpr std::array kSounds = {"dog",
                                       "rooster",
                                       "pig",
                                       "cow",
                                       "frog",
                                       "cat",
                                       "hen",
                                       "insects",
                                       "sheep",
                                       "crow",
                                       "rain",
                                       "sea_waves",
                                       "crackling_fire",
                                       "crickets",
                                       "chirping_birds",
                                       "water_drops",
                                       "wind",
                                       "pouring_water",
                                       "toilet_flush",
                                       "thunderstorm",
                                       "crying_baby",
                                       "sneezing",
                                       "clapping",
                                       "breathing",
                                       "coughing",
                                       "footsteps",
                                       "laughing",
                                       "brushing_teeth",
                                       "snoring",
                                       "drinking_sipping",
                                       "door_wood_knock",
                                       "mouse_click",
                                       "keyboard_typing",
                                       "door_wood_creaks",
                                       "can_opening",
                                       "washing_machine",
                                       "vacuum_cleaner",
                                       "clock_alarm",
                                       "clock_tick",
                                       "glass_breaking",
                                       "helicopter",
                                       "chainsaw",
                                       "siren",
                                       "car_horn",
                                       "engine",
                                       "train",
                                       "church_bells",
                                       "airplane",
                                       "fireworks",
                                       "hand_saw"};

// `few` percent at 10 classes, falling to `many` at 50, slightly different in each fold.
inline FakeSeries falling(const std::string& network, const std::string& route, const std::string& form, double few,
                          double many) {
  FakeSeries series;
  series.network = network;
  series.route = route;
  series.form = form;
  series.accuracy = [=](int classes, int fold) {
    return few + (many - few) * (classes - 10) / 40.0 + 1.3 * ((fold * 7 + classes) % 3 - 1);
  };
  return series;
}

inline FakeSeries costing(FakeSeries series, std::int64_t flash_bytes, std::int64_t ram_bytes, double window_ms) {
  series.flash_bytes = flash_bytes;
  series.ram_bytes = ram_bytes;
  series.window_ms = window_ms;
  return series;
}

inline FakeStudy realistic_study() {
  FakeStudy study;
  study.folds = {1, 2, 3};
  study.targets = {"cortex-m4", "cortex-m0", "host"};
  study.published_epochs = 2000;
  study.series = {costing(falling("acdnet", "fp32", "fp32", 92, 78), 18'900'000, 1'480'000, 9'800),
                  costing(falling("acdnet", "xnor", "xnor", 85, 56), 640'000, 260'000, 1'450),
                  costing(falling("acdnet", "pruned-taylor-0.8", "int8", 88, 74), 655'000, 210'000, 2'900),
                  costing(falling("micro", "fp32", "fp32", 89, 71), 560'000, 340'000, 1'900),
                  costing(falling("micro", "int8", "int8", 84, 70), 186'000, 98'000, 460),
                  costing(falling("x147", "xnor", "xnor", 93, 52), 199'000, 88'000, 310)};
  return study;
}

// Varies values that study_fixture.h makes equal for all cells.
inline void vary(CellResult& cell) {
  for (std::size_t i = 0; i < cell.labels.size(); ++i) cell.labels[i] = kSounds[i % kSounds.size()];
  const double ms = cell.targets.front().window_ms;
  cell.macs = static_cast<std::int64_t>(ms * 31'000) + cell.id.class_count * 1'000;
  cell.binary_macs = cell.form == "xnor" ? cell.macs / 10 * 9 : 0;
  cell.host_ms = ms / 180;
  for (TargetCost& cost : cell.targets) {
    cost.flash_bytes += cell.id.class_count * 64;
    if (cost.target == "cortex-m0") {
      cost.instructions *= cell.form == "fp32" ? 9 : 2;
      cost.window_ms *= cell.form == "fp32" ? 32 : 7;
    } else if (cost.target == "host") {
      cost.instructions = 0;
      cost.window_ms = cell.host_ms;
    }
  }
  if (cell.form == "fp32" && cell.id.network == "acdnet") {
    cell.targets[1] = {.target = "cortex-m0", .failure = "its arena of 1480000 bytes exceeds the RAM of the board"};
  }
  for (CurvePoint& point : cell.curve) {
    const double done = static_cast<double>(point.epoch) / static_cast<double>(cell.curve.size());
    point.loss = 3.2 * std::exp(-3 * done) + 0.4 + 0.02 * ((point.epoch * 13 + cell.id.fold) % 5);
    if (point.accuracy) *point.accuracy *= 1 - std::exp(-4 * done);
  }
  if (cell.form == "int8") cell.curve.clear();
  cell.commands = {"stapes train esc50.data --model " + cell.id.network + " --classes " + cell.id.classes + " --fold " +
                       std::to_string(cell.id.fold) + " --epochs 60 --seed 1 -o cells/x/run",
                   "stapes pack cells/x/run -o cells/x/model.stapes"};
  cell.machine = "2 x Intel Xeon 2.6 GHz, AVX-512";
  cell.seconds = 900.0 + 40.0 * cell.id.class_count;
}

inline StudyResults realistic_results(const FakeStudy& study = realistic_study()) {
  StudyResults results = fake_results(study);
  results.name = "ESC-50 on two cores";
  results.data_name = "esc50.data";
  for (FinishedCell& cell : results.finished) vary(cell.result);
  results.pairs = {{"about 150 KB", "micro int8", "x147 xnor"},
                   {"about 600 KB", "acdnet pruned-taylor-0.8", "acdnet xnor"}};
  return results;
}

inline void lose_cells(StudyResults& results) {
  const FinishedCell failed = results.finished.back();
  results.finished.pop_back();
  results.failed.push_back({failed.result.id, failed.folder, "loss is not finite from epoch 12 on", 3});
  results.missing.push_back(results.finished.back().result.id);
  results.finished.pop_back();
}

}  // namespace stapes::test
