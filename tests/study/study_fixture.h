// SPDX-License-Identifier: Apache-2.0
// study_fixture.h: made-up results of a study. A hash of the clip's name determines which clips a model gets right. So
// accuracies are exact to one clip, and class subsets are nested, as with --classes.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "study/results/study_results.h"

namespace stapes::test {

struct FakeSeries {
  std::string network = "micro", route = "int8", form = "int8";
  std::function<double(int class_count, int fold)> accuracy = [](int, int) { return 80.0; };  // percent, ten crops
  double single_window_loss = 5;                                                              // percentage points
  std::int64_t flash_bytes = 100'000, ram_bytes = 20'000;
  double window_ms = 50;
  int epochs = 60;
};

// The same accuracy everywhere. The route is named after the form.
inline FakeSeries steady(const std::string& network, const std::string& form, double accuracy, std::int64_t flash_bytes,
                         std::int64_t ram_bytes, double window_ms) {
  FakeSeries series{.network = network, .route = form, .form = form};
  series.accuracy = [=](int, int) { return accuracy; };
  series.flash_bytes = flash_bytes;
  series.ram_bytes = ram_bytes;
  series.window_ms = window_ms;
  return series;
}

struct FakeStudy {
  std::vector<int> class_counts = {10, 30, 50};
  std::vector<int> folds = {1, 2};
  std::vector<std::uint64_t> seeds = {1};
  int clips_per_class = 8, clips_per_source = 2;
  std::vector<std::string> targets = {"cortex-m4"};
  int published_epochs = 60;
  std::vector<FakeSeries> series = {FakeSeries{}};
};

inline std::uint64_t fake_hash(const std::string& text) {  // FNV-1a, then the finalizer of splitmix64
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
  return hash ^ (hash >> 31);
}

// The clips of one fold, in order, with correct decisions.
inline std::vector<ClipDecision> fake_clips(const FakeStudy& study, int class_count, int fold) {
  std::vector<ClipDecision> clips;
  for (int label = 0; label < class_count; ++label) {
    for (int i = 0; i < study.clips_per_class; ++i) {
      const std::string group = std::to_string(fold) + "-" + std::to_string(label) + "-";
      clips.push_back({.name = group + std::to_string(i) + ".wav",
                       .source = group + std::to_string(i / study.clips_per_source),
                       .label = label,
                       .ten_crops = label,
                       .single_window = label});
    }
  }
  return clips;
}

// Makes decisions wrong until only `percent` % of them are right. `key` determines which clips are wrong.
inline void err(std::vector<ClipDecision>& clips, int ClipDecision::*decision, double percent, int class_count,
                const std::string& key) {
  std::vector<std::size_t> order(clips.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto rank = [&](std::size_t i) { return fake_hash(clips[i].name + key); };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  const auto right =
      static_cast<std::size_t>(std::lround(std::max(0.0, percent) / 100 * static_cast<double>(clips.size())));
  for (std::size_t i = right; i < order.size(); ++i) {
    ClipDecision& clip = clips[order[i]];
    clip.*decision = (clip.label + 1 + static_cast<int>(i) % (class_count - 1)) % class_count;
  }
}

inline CellResult fake_cell(const FakeStudy& study, const FakeSeries& series, CellId id) {
  CellResult cell;
  cell.id = std::move(id);
  cell.form = series.form;
  for (int i = 0; i < cell.id.class_count; ++i) cell.labels.push_back("class " + std::to_string(i));
  cell.clips = fake_clips(study, cell.id.class_count, cell.id.fold);
  const double percent = series.accuracy(cell.id.class_count, cell.id.fold);
  const std::string key = series_name(cell.id) + std::to_string(cell.id.seed);
  err(cell.clips, &ClipDecision::ten_crops, percent, cell.id.class_count, key);
  err(cell.clips, &ClipDecision::single_window, percent - series.single_window_loss, cell.id.class_count, key);
  cell.file_bytes = series.flash_bytes - 30'000;
  cell.arena_bytes = series.ram_bytes - 2'000;
  cell.macs = 4'000'000;
  cell.binary_macs = series.form == "xnor" ? 3'000'000 : 0;
  cell.parameters = 120'000;
  cell.binary_parameters = series.form == "xnor" ? 110'000 : 0;
  cell.host_ms = 1.5;
  cell.widths = {7, 20, 10, 14, 22, 31, 35, 41, 51, 67, 69, cell.id.class_count};
  for (const std::string& target : study.targets) {
    cell.targets.push_back({.target = target,
                            .failure = "",
                            .instructions = static_cast<std::int64_t>(series.window_ms * 84'000),
                            .flash_bytes = series.flash_bytes,
                            .ram_bytes = series.ram_bytes,
                            .stack_bytes = 1'000,
                            .window_ms = series.window_ms,
                            .estimated = target != "host",
                            .same_result = true});
  }
  cell.epochs = series.epochs;
  cell.published_epochs = study.published_epochs;
  cell.best_accuracy = percent + 1;
  for (int epoch = 1; epoch <= series.epochs; ++epoch) {
    CurvePoint point{.epoch = epoch, .loss = 2.0 / epoch, .accuracy = std::nullopt};
    if (epoch % 10 == 0) point.accuracy = percent;
    cell.curve.push_back(point);
  }
  cell.commands = {"stapes train esc.data --fold " + std::to_string(cell.id.fold) + " -o run"};
  cell.data_hash = "0123456789abcdef";
  cell.version = "0.1.0";
  cell.machine = "a machine";
  cell.started = "2026-01-02T03:04:05Z";
  cell.seconds = 60;
  return cell;
}

inline std::string fake_folder(const CellId& id) {
  std::string folder =
      id.classes + "-f" + std::to_string(id.fold) + "-s" + std::to_string(id.seed) + "-" + id.network + "-" + id.route;
  std::replace(folder.begin(), folder.end(), ' ', '-');
  return folder;
}

// Every cell is finished.
inline StudyResults fake_results(const FakeStudy& study) {
  StudyResults results;
  results.path = "results";
  results.name = "fake";
  results.plan_text = "name = \"fake\"\n";
  results.data_name = "esc.data";
  results.data_hash = "0123456789abcdef";
  results.version = "0.1.0";
  for (const FakeSeries& series : study.series) {
    for (const int class_count : study.class_counts) {
      for (const int fold : study.folds) {
        for (const std::uint64_t seed : study.seeds) {
          const CellId id{.classes = "esc" + std::to_string(class_count),
                          .class_count = class_count,
                          .fold = fold,
                          .seed = seed,
                          .network = series.network,
                          .route = series.route};
          results.finished.push_back({fake_folder(id), fake_cell(study, series, id)});
        }
      }
    }
  }
  return results;
}

// One series at each choice of classes, without means. Borrows from `results`.
inline Series fake_series(const StudyResults& results, const std::string& name) {
  Series series;
  series.name = name;
  for (const FinishedCell& cell : results.finished) {
    if (series_name(cell.result.id) != name) continue;
    if (series.points.empty() || series.points.back().classes != cell.result.id.classes) {
      series.points.push_back({});
      series.points.back().classes = cell.result.id.classes;
      series.points.back().class_count = cell.result.id.class_count;
    }
    series.points.back().cells.push_back(&cell);
  }
  return series;
}

}  // namespace stapes::test
