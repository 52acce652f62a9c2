// SPDX-License-Identifier: Apache-2.0
#include "train/prune/prune_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "data/selection.h"
#include "graph/weights_file.h"
#include "runs/lineage.h"
#include "runs/recipes.h"
#include "support/random_network.h"
#include "support/temp_dir.h"
#include "train/prune/weight_pruner.h"
#include "train/trainer.h"
#include "train/training_clips.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct StoppedPruning {};

class PruneRun : public testing::Test {
 protected:
  PruneRun() {
    config_.data_hash = test::write_tones(dir_ / "tones", 96);
    data_ = std::make_unique<DataSet>(dir_ / "tones");
    training_ = without_fold(select_classes(*data_, "all"), 1);
    test_ = only_fold(select_classes(*data_, "all"), 1);
    parent_ = test::RandomNetwork(test::small_spec()).take();
    parent_.labels = training_.labels;
    parent_.provenance = nlohmann::json{{"data_hash", config_.data_hash}, {"test_fold", 1}}.dump();
    config_.spec = parent_.spec;
    config_.batch_size = 16;
    config_.epochs = 3;
    config_.threads = 1;
    config_.pruning = "{}";
  }

  TrainingInputs inputs(const TrainConfig& config, const std::optional<TrainedNetwork>& start = {}) const {
    return {config, training_, test_, {start, {}}};
  }

  PruneObservers observers(int epochs_before_stop = 0) {
    return {.train =
                [=, this](const RunFolder& run, const TrainedNetwork& start) {
                  train(run, inputs(run.config(), start), [&](const EpochReport& report) {
                    if (epochs_before_stop > 0 && report.epoch > epochs_before_stop) throw StoppedPruning();
                  });
                },
            .step = [&](const PruneProgress&) { ++steps_; }};
  }

  TrainedNetwork prune(const PrunePlan& plan, const std::string& name, Existing existing = Existing::kRefuse,
                       int epochs_before_stop = 0) {
    const PruneWork work(dir_ / name, plan, config_, parent_, existing);
    return work.finish(training_, observers(epochs_before_stop));
  }

  static double zero_share(const TrainedNetwork& network) {
    double zeros = 0, all = 0;
    for (const auto& [name, tensor] : network.tensors) {
      const bool weights = name == "head.weight" || (name.starts_with("conv"));
      if (!weights) continue;
      zeros += static_cast<double>(std::count(tensor.values.begin(), tensor.values.end(), 0.0f));
      all += static_cast<double>(tensor.values.size());
    }
    return zeros / all;
  }

  test::TempDir dir_;
  std::unique_ptr<DataSet> data_;
  ClipSet training_, test_;
  TrainConfig config_;
  TrainedNetwork parent_;
  int steps_ = 0;
};

// An interruption does not change the result.
TEST_F(PruneRun, PrunedWeightsStayPrunedWhileTraining) {
  apply_weight_pruning_recipe(config_);
  EXPECT_EQ(config_.epochs, 500);
  EXPECT_DOUBLE_EQ(learning_rate(config_.schedule_spec(), 0), 0.01);
  EXPECT_DOUBLE_EQ(learning_rate(config_.schedule_spec(), 80), 1e-3);
  EXPECT_DOUBLE_EQ(learning_rate(config_.schedule_spec(), 375), 1e-7);
  config_.epochs = 3;
  config_.weight_ratio = 0.8;
  const TrainedNetwork start = with_largest_weights(parent_, 0.8, PruneScope{});
  const RunFolder whole = RunFolder::create(dir_ / "whole", config_, Existing::kRefuse);
  train(whole, inputs(config_, start), [](const EpochReport&) {});
  const RunFolder broken = RunFolder::create(dir_ / "broken", config_, Existing::kRefuse);
  EXPECT_THROW(train(broken, inputs(config_, start),
                     [](const EpochReport& report) {
                       if (report.epoch == 2) throw StoppedPruning();
                     }),
               StoppedPruning);
  const RunFolder resumed = RunFolder::open(broken.path());  // config.json records weight pruning
  EXPECT_EQ(resumed.config().weight_ratio, 0.8);
  train(resumed, inputs(config_), [](const EpochReport&) {});
  const TrainedNetwork trained = read_network(whole.path());
  EXPECT_NEAR(zero_share(trained), 0.8, 1e-3);
  EXPECT_NE(trained.tensors.at("conv5.weight").values, start.tensors.at("conv5.weight").values);
  EXPECT_EQ(serialize_network(read_network(resumed.path())), serialize_network(trained));
}

TEST_F(PruneRun, AnAverageOfPrunedWeightsIsRefused) {
  config_.weight_ratio = 0.5;
  config_.ema_decay = 0.9;
  EXPECT_THAT([&] { check_config(config_); }, ThrowsMessage<UsageError>(HasSubstr("--ema")));
}

TEST_F(PruneRun, EveryMethodPrunesAndSaysHow) {
  PrunePlan plan{.method = PruneMethod::kTaylor, .ratio = 0.1, .rank = FilterRank::kTaylor};
  for (const PruneMethod method : {PruneMethod::kMagnitude, PruneMethod::kTaylor, PruneMethod::kHybrid}) {
    plan.method = method;
    plan.rank = method == PruneMethod::kMagnitude ? FilterRank::kMagnitude : FilterRank::kTaylor;
    plan.weight_ratio = 0.5;
    plan.weight_epochs = 2;
    check_plan(plan, config_, parent_);
    config_.pruning = to_json(plan).dump();
    const TrainedNetwork pruned = prune(plan, to_string(method));
    EXPECT_EQ(filters_in_scope(pruned.spec.graph, PruneScope{}), 94 - 9);
    EXPECT_EQ(pruned.labels, training_.labels);
    const auto provenance = nlohmann::json::parse(pruned.provenance);
    EXPECT_EQ(provenance.at("pruning"), to_json(plan));
    EXPECT_EQ(provenance.at("pruning").at("pace"), "one-shot");
    const Ancestry ancestry = read_ancestry(pruned.provenance);
    EXPECT_TRUE(ancestry.complete);
    EXPECT_EQ(ancestry.known.size(), method == PruneMethod::kHybrid ? 3u : 2u);  // also the sparse run
    if (method != PruneMethod::kHybrid) continue;
    EXPECT_NEAR(zero_share(read_network(dir_ / "hybrid" / "sparse")), 0.5, 1e-3);
  }
  plan = {.method = PruneMethod::kWeight, .ratio = 0.6};
  EXPECT_NEAR(zero_share(prune(plan, "weight")), 0.6, 1e-3);
}

TEST_F(PruneRun, AnInterruptedHybridResumesToTheSameBits) {
  const PrunePlan plan{.method = PruneMethod::kHybrid,
                       .ratio = 0.05,
                       .pace = {.filters = 2},
                       .rank = FilterRank::kMagnitude,
                       .weight_ratio = 0.5,
                       .weight_epochs = 3};
  const TrainedNetwork whole = prune(plan, "whole");
  EXPECT_EQ(steps_, 2);
  EXPECT_THROW(prune(plan, "broken", Existing::kRefuse, 1), StoppedPruning);
  const TrainedNetwork broken = prune(plan, "broken");
  for (const auto& [name, tensor] : whole.tensors) EXPECT_EQ(broken.tensors.at(name).values, tensor.values) << name;
}

TEST_F(PruneRun, RefusesToResumeWithAnotherPlan) {
  PrunePlan plan{.ratio = 0.1};
  const TrainedNetwork first = prune(plan, "work");
  plan.ratio = 0.2;
  EXPECT_THAT([&] { prune(plan, "work"); },
              ThrowsMessage<Error>(HasSubstr("interrupted pruning run with different options")));
  parent_.tensors["head.bias"].values[0] += 1;
  plan.ratio = 0.1;
  EXPECT_THAT([&] { prune(plan, "work"); }, ThrowsMessage<Error>(HasSubstr("different options, data or parent")));
  steps_ = 0;
  EXPECT_NE(prune(plan, "work", Existing::kReplace).tensors["head.bias"].values, first.tensors.at("head.bias").values);
  EXPECT_EQ(steps_, 1);
  const PruneWork held(dir_ / "work", plan, config_, parent_, Existing::kRefuse);
  EXPECT_THROW(PruneWork(dir_ / "work", plan, config_, parent_, Existing::kRefuse), Busy);
  held.remove();
  EXPECT_FALSE(std::filesystem::exists(dir_ / "work"));
}

TEST_F(PruneRun, PlansThatCannotBeAreRefused) {
  PrunePlan weight{.method = PruneMethod::kWeight, .ratio = 0.5};
  EXPECT_NO_THROW(check_plan(weight, config_, parent_));
  weight.budget.macs = 1000;
  EXPECT_THAT([&] { check_plan(weight, config_, parent_); },
              ThrowsMessage<UsageError>(HasSubstr("neither MACs nor RAM")));
  weight = {.method = PruneMethod::kWeight, .ratio = 0.5, .from_scratch = true};
  EXPECT_THAT([&] { check_plan(weight, config_, parent_); }, ThrowsMessage<UsageError>(HasSubstr("--from-scratch")));
  PrunePlan filters{.budget = {.flash_bytes = 1000, .ram_bytes = {}, .macs = {}}};
  EXPECT_THAT([&] { check_plan(filters, config_, parent_); },
              ThrowsMessage<UsageError>(HasSubstr("cannot meet the budget")));
  filters = {.ratio = 0.95};
  EXPECT_THAT([&] { check_plan(filters, config_, parent_); }, ThrowsMessage<UsageError>(HasSubstr("0.8723")));
  EXPECT_THAT([&] { check_plan({}, config_, test::RandomNetwork(test::small_spec(true)).take()); },
              ThrowsMessage<Error>(HasSubstr("binary")));
  EXPECT_THAT([] { parse_name<PruneMethod>("luck", "pruning method"); },
              ThrowsMessage<UsageError>(HasSubstr("hybrid")));
}

}  // namespace
}  // namespace stapes
