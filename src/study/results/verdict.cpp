// SPDX-License-Identifier: Apache-2.0
#include "study/results/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "evaluate/packed_evaluation.h"
#include "packed/cost.h"
#include "packed/model_file.h"
#include "runtime/host_classifier.h"
#include "stapes/classifier.h"

namespace stapes {
namespace {

constexpr int kLatencyRuns = 21;

// Median of single-window runs on this thread after one warm-up run.
double median_ms(const std::shared_ptr<const HostModel>& model, const ClipView& clip) {
  using Clock = std::chrono::steady_clock;
  HostClassifier classifier(model);
  std::vector<std::int16_t> window;
  const bool features = !clip.features.empty();
  if (!features) {
    window = clip_windows(clip.samples, classifier.model().window_samples(), Protocol::kSingleWindow);
  }
  const auto run = [&] { features ? classifier.run(clip.features) : classifier.run_pcm(window); };
  run();
  std::vector<double> runs;
  for (int i = 0; i < kLatencyRuns; ++i) {
    const Clock::time_point start = Clock::now();
    run();
    runs.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::nth_element(runs.begin(), runs.begin() + kLatencyRuns / 2, runs.end());
  return runs[kLatencyRuns / 2];
}

std::string parameters_text(const VerdictRow& row) {
  std::string text;
  const auto add = [&](std::int64_t count, const char* width) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : " + ", count, width);
  };
  add(row.parameters_fp32, "x32b");
  add(row.parameters_int16, "x16b");
  add(row.parameters_int8, "x8b");
  add(row.parameters_binary, "x1b");
  return text;
}

}  // namespace

VerdictRow judge(const std::filesystem::path& path, const ClipSet& test, const Lineage& own, int threads,
                 std::optional<Isa> isa) {
  const auto model = std::make_shared<const HostModel>(path, isa);
  const ModelFile& file = model->file();
  const auto* provenance = file.model().provenance();
  const Ancestry ancestry = read_ancestry(provenance == nullptr ? "" : provenance->str());
  refuse_leak(ancestry, own, path.string());
  const Cost cost = model_cost(file.model());
  VerdictRow row;
  row.file = path;
  row.caveats = caveats(ancestry);
  row.form = file.model().route()->str();
  row.kind = test.kind();
  CropsAndWindow judged =
      by_both_protocols(test, [&](Protocol protocol) { return evaluate_packed(model, test, protocol, threads); });
  row.ten_crops = std::move(judged.ten_crops);
  row.single_window = std::move(judged.single_window);
  row.open_set = open_set_of(row.ten_crops, test.labels);
  row.window_open_set = open_set_of(row.single_window, test.labels);
  row.file_bytes = static_cast<std::int64_t>(file.blob().size());
  row.parameters_fp32 = cost.parameters_32bit;
  row.parameters_int16 = cost.parameters_16bit;
  row.parameters_int8 = cost.parameters_8bit;
  row.parameters_binary = cost.parameters_1bit;
  row.macs = cost.macs;
  row.binary_macs = cost.binary_macs;
  row.widths = conv_widths(file.model());
  row.arena_bytes = static_cast<std::int64_t>(Classifier::arena_bytes(file.blob()));
  row.host_ms = median_ms(model, test.clips.front());
  return row;
}

nlohmann::json to_json(const VerdictRow& row) {
  nlohmann::json json = {{"file", row.file.string()},
                         {"route", row.form},
                         {"caveats", row.caveats},
                         {"ten_crops", to_json(row.ten_crops)},
                         {"single_window", to_json(row.single_window)},
                         {"file_bytes", row.file_bytes},
                         {"parameters",
                          {{"fp32", row.parameters_fp32},
                           {"int16", row.parameters_int16},
                           {"int8", row.parameters_int8},
                           {"binary", row.parameters_binary}}},
                         {"macs", row.macs},
                         {"binary_macs", row.binary_macs},
                         {"arena_bytes", row.arena_bytes},
                         {"host_ms", row.host_ms}};
  if (row.open_set) json["ten_crops"]["open_set"] = to_json(*row.open_set);
  if (row.window_open_set) json["single_window"]["open_set"] = to_json(*row.window_open_set);
  return json;
}

std::string verdict_table(const std::vector<VerdictRow>& rows) {
  constexpr const char* kFormat = "{:<6} {:>9} {:>15} {:>9} {:>10} {:>10} {:>10} {:>12} {:>9}  {}\n";
  const InputKind kind = rows.empty() ? InputKind::kSound : rows.front().kind;
  const bool sound = kind == InputKind::kSound;
  std::string text = fmt::format(kFormat, "form", sound ? "10 crops" : plural_of(kind), "95 % interval",
                                 sound ? "1 window" : "", "file", "MACs", "binary", "arena", "host", "parameters");
  text += fmt::format(kFormat, "", "%", "%", sound ? "%" : "", "bytes", "millions", "M MACs", "bytes", "ms", "by bits");
  for (const VerdictRow& row : rows) {
    const Interval interval = row.ten_crops.interval();
    text += fmt::format(kFormat, row.form, fmt::format("{:.2f}", row.ten_crops.accuracy()),
                        fmt::format("{:.1f} to {:.1f}", interval.low, interval.high),
                        sound ? fmt::format("{:.2f}", row.single_window.accuracy()) : "", row.file_bytes,
                        fmt::format("{:.2f}", static_cast<double>(row.macs) * 1e-6),
                        fmt::format("{:.2f}", static_cast<double>(row.binary_macs) * 1e-6), row.arena_bytes,
                        fmt::format("{:.2f}", row.host_ms), parameters_text(row));
  }
  for (const VerdictRow& row : rows) {
    if (!row.caveats.empty()) text += fmt::format("Note on {} ({}): {}.\n", row.form, row.file.string(), row.caveats);
  }
  text += fmt::format(
      "Measured on the packed model: accuracies ({} {}), file bytes, host ms (median of {} single windows, one "
      "thread,\nthis machine's kernels). Counted: MACs, parameters, arena bytes (working memory, input excluded).\n",
      rows.empty() ? 0 : rows.front().ten_crops.clips(), sound ? "clips" : plural_of(kind), kLatencyRuns);
  return text;
}

}  // namespace stapes
