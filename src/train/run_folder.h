// run_folder.h: a training run on disk. Everything in it is written whole or not at all.
//   config.json      the TrainConfig
//   metrics.jsonl    one line per epoch
//   checkpoint.bin   what resuming needs (libtorch archive behind a checksum)
//   weights.network  the last epoch, in plain tensors (network/weights_file.h)
//   best.network     the best evaluated epoch; selected on the test fold, so labelled so
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "base/files.h"
#include "train/train_config.h"

namespace stapes {

class RunFolder {
 public:
  // A new run; throws Error when the folder exists and must not be replaced.
  static RunFolder create(const std::filesystem::path& path, const TrainConfig& config, Existing existing);
  // An existing one. Throws Error when it holds no readable config.
  static RunFolder open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const TrainConfig& config() const { return config_; }
  std::filesystem::path checkpoint() const { return path_ / "checkpoint.bin"; }
  std::filesystem::path weights() const;
  std::filesystem::path best_weights() const { return path_ / "best.network"; }

  // Appends one line; flushed before returning.
  void append_metrics(const nlohmann::json& line) const;
  // Drops the lines of epochs after the first `epochs` (a kill can fall between metrics and checkpoint).
  void truncate_metrics(int epochs) const;
  std::vector<nlohmann::json> metrics() const;

 private:
  RunFolder(std::filesystem::path path, TrainConfig config) : path_(std::move(path)), config_(std::move(config)) {}

  std::filesystem::path path_;
  TrainConfig config_;
};

}  // namespace stapes
