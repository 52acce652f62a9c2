// SPDX-License-Identifier: Apache-2.0
#include "study/results/cell_result.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "evaluate/open_set.h"
#include "study/plan/grid.h"

namespace stapes {
namespace {
using nlohmann::json;

double percent_right(const std::vector<ClipDecision>& clips, int ClipDecision::*decision) {
  if (clips.empty()) return 0;
  const auto right = std::count_if(clips.begin(), clips.end(), [&](const auto& c) { return c.*decision == c.label; });
  return 100.0 * static_cast<double>(right) / static_cast<double>(clips.size());
}

// Stored in columns, so that keys do not repeat. Omits sources if every clip is its own source, as with images.
json clips_to_json(const std::vector<ClipDecision>& clips) {
  json names = json::array(), sources = json::array(), labels = json::array();
  json ten_crops = json::array(), single_window = json::array();
  for (const ClipDecision& clip : clips) {
    names.push_back(clip.name);
    sources.push_back(clip.source);
    labels.push_back(clip.label);
    ten_crops.push_back(clip.ten_crops);
    single_window.push_back(clip.single_window);
  }
  json columns = {{"label", labels}, {"ten_crops", ten_crops}, {"single_window", single_window}};
  if (sources != names) columns["source"] = std::move(sources);
  columns["name"] = std::move(names);
  return columns;
}

std::vector<ClipDecision> clips_from_json(const json& columns, int classes) {
  const json& names = columns.at("name");
  const json& sources = columns.contains("source") ? columns.at("source") : names;
  std::vector<ClipDecision> clips(names.size());
  if (sources.size() != clips.size()) throw Error("the columns of its clips differ in length");
  for (const char* column : {"label", "ten_crops", "single_window"}) {
    if (columns.at(column).size() != clips.size()) throw Error("the columns of its clips differ in length");
  }
  const auto class_at = [&](const char* column, std::size_t i) {
    const int value = columns.at(column).at(i).get<int>();
    if (value < 0 || value >= classes)
      throw Error("clip {} has {} {}, but there are {} classes", i, column, value, classes);
    return value;
  };
  for (std::size_t i = 0; i < clips.size(); ++i) {
    names.at(i).get_to(clips[i].name);
    sources.at(i).get_to(clips[i].source);
    clips[i].label = class_at("label", i);
    clips[i].ten_crops = class_at("ten_crops", i);
    clips[i].single_window = class_at("single_window", i);
  }
  return clips;
}

json to_json(const TargetCost& cost) {
  if (!cost.failure.empty()) return {{"target", cost.target}, {"failure", cost.failure}};
  json object = {{"target", cost.target},       {"instructions", cost.instructions}, {"flash_bytes", cost.flash_bytes},
                 {"ram_bytes", cost.ram_bytes}, {"stack_bytes", cost.stack_bytes},   {"window_ms", cost.window_ms},
                 {"estimated", cost.estimated}, {"same_result", cost.same_result}};
  if (cost.hop_sound_ms > 0) {
    object["hop_ms"] = cost.hop_ms;
    object["hop_sound_ms"] = cost.hop_sound_ms;
  }
  return object;
}

// 1e999 in JSON parses as infinity, but charts need finite values.
double finite(const json& value) {
  const double number = value.get<double>();
  if (!(std::abs(number) <= 1e15)) throw Error("number {} is out of range; expected at most 1e15", number);
  return number;
}

double milliseconds(const json& object, const char* key) {
  const double value = finite(object.at(key));
  if (value < 0) throw Error("invalid {}: {}", key, value);
  return value;
}

constexpr std::int64_t kMaxEpochs = 1'000'000'000, kMaxThreads = 1'000'000;

std::int64_t count(const json& object, const char* key, std::int64_t most = 1'000'000'000'000'000) {
  const auto value = object.at(key).get<std::int64_t>();
  if (value < 0 || value > most) throw Error("invalid {}: {}", key, value);
  return value;
}

TargetCost target_from_json(const json& json) {
  TargetCost cost;
  json.at("target").get_to(cost.target);
  cost.failure = json.value("failure", "");
  if (!cost.failure.empty()) return cost;
  cost.instructions = count(json, "instructions");
  cost.flash_bytes = count(json, "flash_bytes");
  cost.ram_bytes = count(json, "ram_bytes");
  cost.stack_bytes = count(json, "stack_bytes");
  cost.window_ms = milliseconds(json, "window_ms");
  json.at("estimated").get_to(cost.estimated);
  json.at("same_result").get_to(cost.same_result);
  if (json.contains("hop_sound_ms")) {
    cost.hop_ms = milliseconds(json, "hop_ms");
    cost.hop_sound_ms = milliseconds(json, "hop_sound_ms");
  }
  return cost;
}

json to_json(const CurvePoint& point) {
  json row = {{"epoch", point.epoch}, {"loss", point.loss}};
  if (point.accuracy) row["accuracy"] = *point.accuracy;
  if (point.alpha) row["alpha"] = *point.alpha;
  return row;
}

CurvePoint curve_point_from_json(const json& json) {
  CurvePoint point{.epoch = json.at("epoch").get<int>(), .loss = finite(json.at("loss")), .accuracy = {}};
  if (json.contains("accuracy")) point.accuracy = finite(json.at("accuracy"));
  if (json.contains("alpha")) point.alpha = finite(json.at("alpha"));
  return point;
}

json model_to_json(const CellResult& result) {
  return {{"file_bytes", result.file_bytes},
          {"arena_bytes", result.arena_bytes},
          {"macs", result.macs},
          {"binary_macs", result.binary_macs},
          {"parameters", result.parameters},
          {"binary_parameters", result.binary_parameters},
          {"host_ms", result.host_ms},
          {"widths", result.widths}};
}

void model_from_json(const json& json, CellResult& result) {
  result.file_bytes = count(json, "file_bytes");
  result.arena_bytes = count(json, "arena_bytes");
  result.macs = count(json, "macs");
  result.binary_macs = count(json, "binary_macs");
  result.parameters = count(json, "parameters");
  result.binary_parameters = count(json, "binary_parameters");
  result.host_ms = milliseconds(json, "host_ms");
  json.at("widths").get_to(result.widths);
}

json provenance_to_json(const CellResult& result) {
  json provenance = {{"commands", result.commands}, {"parent", result.parent},   {"data_hash", result.data_hash},
                     {"version", result.version},   {"machine", result.machine}, {"started", result.started},
                     {"seconds", result.seconds},   {"caveats", result.caveats}};
  if (result.threads) provenance["threads"] = *result.threads;
  return provenance;
}

void provenance_from_json(const json& json, CellResult& result) {
  json.at("commands").get_to(result.commands);
  json.at("parent").get_to(result.parent);
  json.at("data_hash").get_to(result.data_hash);
  json.at("version").get_to(result.version);
  json.at("machine").get_to(result.machine);
  json.at("started").get_to(result.started);
  if (json.contains("threads")) {
    result.threads = static_cast<int>(count(json, "threads", kMaxThreads));
    if (result.threads == 0) throw Error("expected a positive number of threads, got 0");
  }
  result.seconds = finite(json.at("seconds"));
  json.at("caveats").get_to(result.caveats);
}

json open_set_to_json(const CellResult& result) {
  const auto or_null = [](const std::optional<double>& value) { return value ? json(*value) : json(nullptr); };
  return {{"auroc", {{"ten_crops", or_null(result.auroc)}, {"single_window", or_null(result.window_auroc)}}}};
}

void open_set_from_json(const json& json, CellResult& result) {
  const auto share = [&](const char* protocol) -> std::optional<double> {
    const auto& value = json.at("auroc").at(protocol);
    if (value.is_null()) return std::nullopt;
    const double number = finite(value);
    if (number < 0 || number > 1) throw Error("invalid AUROC: {}", number);
    return number;
  };
  result.auroc = share("ten_crops");
  result.window_auroc = share("single_window");
}

CellResult parsed(const json& json) {
  CellResult result;
  result.id = cell_id_from_json(json.at("cell"));
  json.at("form").get_to(result.form);
  json.at("labels").get_to(result.labels);
  if (static_cast<int>(result.labels.size()) != result.id.class_count) {
    throw Error("it has {} labels for {} classes", result.labels.size(), result.id.class_count);
  }
  result.clips = clips_from_json(json.at("clips"), result.id.class_count);
  if (json.contains("open_set")) open_set_from_json(json.at("open_set"), result);
  model_from_json(json.at("model"), result);
  for (const auto& target : json.at("targets")) result.targets.push_back(target_from_json(target));
  result.epochs = static_cast<int>(count(json, "epochs", kMaxEpochs));
  result.published_epochs = static_cast<int>(count(json, "published_epochs", kMaxEpochs));
  if (!json.at("best_accuracy").is_null()) result.best_accuracy = finite(json.at("best_accuracy"));
  for (const auto& point : json.at("curve")) result.curve.push_back(curve_point_from_json(point));
  provenance_from_json(json.at("provenance"), result);
  return result;
}

}  // namespace

double CellResult::accuracy() const { return percent_right(clips, &ClipDecision::ten_crops); }
double CellResult::window_accuracy() const { return percent_right(clips, &ClipDecision::single_window); }

std::optional<double> CellResult::accepted_share() const {
  const std::vector<bool> is_rejection = rejection_classes(labels);
  int clips_to_reject = 0, accepted = 0;
  for (const ClipDecision& clip : clips) {
    if (!is_rejection[static_cast<std::size_t>(clip.label)]) continue;
    ++clips_to_reject;
    if (!is_rejection[static_cast<std::size_t>(clip.ten_crops)]) ++accepted;
  }
  if (clips_to_reject == 0) return std::nullopt;
  return 100.0 * accepted / clips_to_reject;
}

json to_json(const CellResult& result) {
  json targets = json::array(), curve = json::array();
  for (const TargetCost& cost : result.targets) targets.push_back(to_json(cost));
  for (const CurvePoint& point : result.curve) curve.push_back(to_json(point));
  json object = {{"cell", to_json(result.id)},
                 {"form", result.form},
                 {"labels", result.labels},
                 {"clips", clips_to_json(result.clips)},
                 {"model", model_to_json(result)},
                 {"targets", targets},
                 {"epochs", result.epochs},
                 {"published_epochs", result.published_epochs},
                 {"best_accuracy", result.best_accuracy ? json(*result.best_accuracy) : json(nullptr)},
                 {"curve", curve},
                 {"provenance", provenance_to_json(result)}};
  if (result.auroc || result.window_auroc) object["open_set"] = open_set_to_json(result);
  return object;
}

CellResult cell_result_from_json(const json& json, const std::string& where) {
  try {
    return parsed(json);
  } catch (const std::exception& error) {
    throw Error("{} is damaged: {}", where, error.what());
  }
}

}  // namespace stapes
