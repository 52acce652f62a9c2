// SPDX-License-Identifier: Apache-2.0
#include "runs/run_folder.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "graph/weights_file.h"

namespace stapes {
namespace fs = std::filesystem;
using nlohmann::json;

namespace {
fs::path config_path(const fs::path& run) { return run / kConfigFileName; }
fs::path metrics_path(const fs::path& run) { return run / "metrics.jsonl"; }
fs::path result_path(const fs::path& run) { return run / "result.json"; }
constexpr const char* kLockName = "lock";
}  // namespace

RunFolder RunFolder::create(const fs::path& path, const TrainConfig& config, Existing existing,
                            const std::function<void(const fs::path& partial)>& more) {
  std::unique_ptr<FileLock> nobody_trains_it;
  if (is_one(path)) nobody_trains_it = lock(path);
  write_folder(path, existing, kConfigFileName, [&](const fs::path& partial) {
    write_text_file(config_path(partial), to_json(config).dump(2) + "\n", Existing::kReplace);
    if (more) more(partial);
  });
  return RunFolder(path, config);
}

bool RunFolder::is_one(const fs::path& path) {
  std::error_code unreadable;
  return fs::exists(config_path(path), unreadable);
}

RunFolder RunFolder::open(const fs::path& path) {
  const fs::path file = config_path(path);
  if (!is_one(path)) throw Error("{} is not a training run: it contains no config.json", path.string());
  const json config = json::parse(read_text_file(file), nullptr, /*allow_exceptions=*/false);
  if (config.is_discarded()) throw Error("{} is not valid JSON", file.string());
  if (config.is_object() && config.contains("provenance") && !config.contains("data")) {
    throw Error(
        "{} holds imported weights, so its data and recipe are unknown; give `prune` --data, --classes and --fold, or "
        "train from these weights with `stapes train DATA --init {} -o RUN`",
        path.string(), path.string());
  }
  return RunFolder(path, train_config_from_json(config, file.string()));
}

fs::path RunFolder::weights() const { return path_ / kWeightsFileName; }
fs::path RunFolder::ema_weights() const { return path_ / kAveragedWeightsFileName; }

std::unique_ptr<FileLock> RunFolder::lock(const fs::path& run) {
  return std::make_unique<FileLock>(run / kLockName, run.string());
}

void RunFolder::write_result(const TrainResult& result) const {
  write_text_file(result_path(path_), to_json(result).dump(2) + "\n", Existing::kReplace);
}

bool RunFolder::is_finished(const fs::path& run) { return fs::exists(result_path(run)); }

std::optional<TrainResult> RunFolder::result(const fs::path& run) {
  const fs::path file = result_path(run);
  if (!is_finished(run)) return std::nullopt;
  return train_result_from_json(json::parse(read_text_file(file), nullptr, /*allow_exceptions=*/false), file.string());
}

void RunFolder::append_metrics(const json& line) const { append_text(metrics_path(path_), line.dump() + "\n"); }

std::vector<json> RunFolder::metrics() const { return metrics(path_); }

std::vector<json> RunFolder::metrics(const fs::path& run) {
  std::vector<json> lines;
  std::ifstream file(metrics_path(run));
  for (std::string line; std::getline(file, line);) {
    json parsed = json::parse(line, nullptr, /*allow_exceptions=*/false);
    const bool whole = parsed.is_object() && parsed.contains("epoch") && parsed["epoch"].is_number_integer();
    if (!whole) break;  // cut short by a kill
    lines.push_back(std::move(parsed));
  }
  return lines;
}

void RunFolder::truncate_metrics(int epochs) const {
  std::string kept;
  for (const json& line : metrics()) {
    if (line.value("epoch", 0) <= epochs) kept += line.dump() + "\n";
  }
  write_text_file(metrics_path(path_), kept, Existing::kReplace);
}

}  // namespace stapes
