// SPDX-License-Identifier: Apache-2.0
// run_folder.h: a training run on disk. Except for metrics.jsonl, files are written completely or not at all.
//   config.json              the TrainConfig
//   metrics.jsonl            one line per epoch
//   curves.svg               metrics.jsonl as a chart
//   weights.network          the last epoch, in plain tensors (graph/weights_file.h)
//   ema.network              the averaged weights (train/weight_average.h), if kept
//   best.network             the best evaluated epoch; its provenance records the selection
//   result.json              when finished: the outcome (runs/train_result.h)
//   pruned.network           pruned runs: the network after pruning, before training (train/prune/prune_run.h)
//   checkpoint.bin           the state for resuming (libtorch archive behind a checksum)
//   checkpoint.previous.bin  the checkpoint before it
//   lock                     held by the process that trains
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "base/file_lock.h"
#include "base/files.h"
#include "runs/checkpoint_files.h"
#include "runs/train_config.h"
#include "runs/train_result.h"

namespace stapes {

inline constexpr const char* kConfigFileName = "config.json";
inline constexpr const char* kPrunedFileName = "pruned.network";  // starting weights

class RunFolder {
 public:
  // Throws Error if the folder must not be replaced, Busy if it is being trained. `more` writes further initial files.
  static RunFolder create(const std::filesystem::path& path, const TrainConfig& config, Existing existing,
                          const std::function<void(const std::filesystem::path& partial)>& more = {});
  static bool is_one(const std::filesystem::path& path);  // only checks for a config, so imported weights count
  // Throws Error if the run has no readable config.
  static RunFolder open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const TrainConfig& config() const { return config_; }
  CheckpointFiles checkpoints() const { return {path_ / "checkpoint.bin", path_ / "checkpoint.previous.bin"}; }
  std::filesystem::path weights() const;
  std::filesystem::path best_weights() const { return path_ / "best.network"; }
  std::filesystem::path ema_weights() const;
  std::filesystem::path curves() const { return path_ / "curves.svg"; }

  // Throws Busy if another process holds the lock.
  std::unique_ptr<FileLock> lock() const { return lock(path_); }
  static std::unique_ptr<FileLock> lock(const std::filesystem::path& run);

  // Appends and flushes one line.
  void append_metrics(const nlohmann::json& line) const;
  // Drops lines after `epochs` epochs. A kill may leave more lines than the checkpoint covers.
  void truncate_metrics(int epochs) const;
  std::vector<nlohmann::json> metrics() const;

  void write_result(const TrainResult& result) const;
  std::optional<TrainResult> result() const { return result(path_); }

  // For any folder, without reading its config.
  static bool is_finished(const std::filesystem::path& run);                   // has a result
  static std::optional<TrainResult> result(const std::filesystem::path& run);  // throws Error if damaged
  static std::vector<nlohmann::json> metrics(const std::filesystem::path& run);

 private:
  RunFolder(std::filesystem::path path, TrainConfig config) : path_(std::move(path)), config_(std::move(config)) {}

  std::filesystem::path path_;
  TrainConfig config_;
};

}  // namespace stapes
