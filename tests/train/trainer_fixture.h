// SPDX-License-Identifier: Apache-2.0
// trainer_fixture.h: short training runs on tones.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "compress/pack.h"
#include "compress/quantize.h"
#include "data/selection.h"
#include "evaluate/packed_evaluation.h"
#include "graph/weights_file.h"
#include "packed/writer.h"
#include "runs/recipes.h"
#include "support/random_network.h"
#include "support/temp_dir.h"
#include "train/trainer.h"
#include "train/training_clips.h"

namespace stapes {

struct Interrupted {};

inline std::string content(const std::filesystem::path& path) { return read_text_file(path); }

class TrainerFixture : public testing::Test {
 protected:
  TrainerFixture() {
    hash_ = test::write_tones(dir_ / "tones", 240);
    data_ = std::make_unique<DataSet>(dir_ / "tones");
    const ClipSet clips = select_classes(*data_, "all");
    training_ = without_fold(clips, 1);
    test_ = only_fold(clips, 1);
  }

  TrainConfig config(bool binary = false) const {
    TrainConfig config;
    binary ? apply_binary_recipe(config) : apply_full_precision_recipe(config);
    config.spec = test::acdnet_spec({8000, 2000}, 3, {6, 12, 8, 8, 8, 12, 12, 12, 12, 16, 16, 16});
    config.spec.binary = binary;
    config.data_hash = hash_;
    config.batch_size = 16;
    config.schedule = Schedule::kOneCycle;
    config.learning_rate = binary ? 0.01 : 0.05;
    config.epochs = binary ? 25 : 15;
    config.eval_every = 5;
    config.threads = 2;
    return config;
  }

  RunFolder run(const std::string& name, const TrainConfig& config) {
    return RunFolder::create(dir_ / name, config, Existing::kRefuse);
  }

  TrainingInputs inputs(const TrainConfig& config, const std::optional<TrainedNetwork>& start = {}) const {
    return {config, training_, test_, {start, read_teacher(config)}};
  }

  TrainResult finish(const RunFolder& run, const std::optional<TrainedNetwork>& start = {}) {
    return train(run, inputs(run.config(), start), [](const EpochReport&) {});
  }

  void interrupt(const RunFolder& run, int epoch) {
    const auto stop = [&](const EpochReport& report) {
      if (report.epoch == epoch && report.batch < report.batches) throw Interrupted();
    };
    EXPECT_THROW(train(run, inputs(run.config()), stop), Interrupted);
  }

  double packed_accuracy(const fb::ModelT& model) {
    const auto file = std::make_shared<const ModelFile>(serialize_model(model), "test");
    return evaluate_packed(file, test_, Protocol::kTenCrops, 2).accuracy();
  }

  fb::ModelT quantized(const TrainedNetwork& network) {
    return quantize_post_training(pack_network(network), [&](const auto& use) {
      for (const ClipView& clip : training_.clips) {
        use(clip_windows(clip.samples, input_values(network.spec.input), Protocol::kSingleWindow));
      }
    });
  }

  test::TempDir dir_;
  std::string hash_;
  std::unique_ptr<DataSet> data_;
  ClipSet training_, test_;
};

}  // namespace stapes
