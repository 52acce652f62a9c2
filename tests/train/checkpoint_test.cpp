// SPDX-License-Identifier: Apache-2.0
#include "train/checkpoint.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "graph/networks.h"
#include "runs/train_config.h"
#include "support/temp_dir.h"
#include "train/compute.h"
#include "train/optimizer.h"

namespace stapes {
namespace {

TrainConfig micro_xnor() {
  TrainConfig config;
  config.spec.graph = named_graph("micro-acdnet", 10);
  config.spec.class_count = 10;
  config.spec.binary = true;
  config.spec.form.keep_8_bit = {"conv2"};
  apply_binary_recipe(config);
  return config;
}

// Version 0.2.0 wrote a network family, its widths, and convolutions by number.
nlohmann::json as_version_0_2_0(const TrainConfig& config, const std::vector<int>& eight_bit) {
  nlohmann::json older = to_json(config);
  older.erase("network");
  older.erase("keep_8_bit");
  older["widths"] = config.spec.graph.widths;
  older["eight_bit"] = eight_bit;
  return older;
}

// A checkpoint holds its run's config as text.
TEST(Checkpoint, OfOlderRunsIsContinued) {
  const TrainConfig config = micro_xnor();
  NetworkModule module(config.spec, ModuleOptions{});
  const auto optimizer = make_optimizer(config, *module);
  Progress progress{.epochs_done = 7};
  const test::TempDir dir;
  const CheckpointFiles files{dir / "newest", dir / "previous"};
  const TrainingState state{module, *optimizer, nullptr, progress};
  const nlohmann::json older = as_version_0_2_0(config, {2}), other = as_version_0_2_0(config, {4});
  save_checkpoint(files, state, older.dump());
  progress = {};
  load_checkpoint(files, state, to_json(train_config_from_json(older, "config.json")).dump());
  EXPECT_EQ(progress.epochs_done, 7);
  const std::string changed = to_json(train_config_from_json(other, "config.json")).dump();
  EXPECT_THROW(load_checkpoint(files, state, changed), Error);
}

TEST(ChooseDevice, RefusesAnUnknownName) { EXPECT_THROW(choose_device("gpu"), UsageError); }

}  // namespace
}  // namespace stapes
