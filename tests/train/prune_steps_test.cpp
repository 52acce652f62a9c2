// SPDX-License-Identifier: Apache-2.0
#include "train/prune/prune_steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "data/data_set.h"
#include "data/selection.h"
#include "data/training_samples.h"
#include "graph/weights_file.h"
#include "support/random_network.h"
#include "support/temp_dir.h"
#include "train/training_clips.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct StoppedStep {};

class PruneSteps : public testing::Test {
 protected:
  PruneSteps() {
    test::write_tones(dir_ / "tones", 42);
    data_ = std::make_unique<DataSet>(dir_ / "tones");
    samples_ = std::make_unique<TrainingSamples>(without_fold(select_classes(*data_, "all"), 1),
                                                 AugmentSpec{.window_samples = 1800}, 3);
    network_ = test::RandomNetwork(test::small_spec()).take();
  }

  static FilterPruning taylor(int removed, Pace pace) {
    return {.rank = FilterRank::kTaylor, .pace = pace, .filters_left = 94 - removed, .batch_size = 8, .threads = 1};
  }

  TrainedNetwork prune(const FilterPruning& pruning, const std::string& state) {
    progress_.clear();
    return prune_filters(network_, pruning, *samples_, dir_ / state, [&](const PruneProgress& now) {
      progress_.push_back(now);
      if (stop_after_ > 0 && now.step == stop_after_) throw StoppedStep();
    });
  }

  static int filters(const TrainedNetwork& network) { return filters_in_scope(network.spec.graph, PruneScope{}); }

  test::TempDir dir_;
  std::unique_ptr<DataSet> data_;
  std::unique_ptr<TrainingSamples> samples_;
  TrainedNetwork network_;
  std::vector<PruneProgress> progress_;
  int stop_after_ = 0;
};

TEST_F(PruneSteps, TheExactPaceRemovesOneFilterAndTrainsAfterEach) {
  const TrainedNetwork pruned = prune(taylor(5, Pace::exact()), "state");
  ASSERT_EQ(progress_.size(), 5u);
  for (int step = 0; step < 5; ++step) {
    EXPECT_EQ(progress_[static_cast<std::size_t>(step)].filters_left, 94 - step - 1);
  }
  EXPECT_EQ(filters(pruned), 89);
  EXPECT_NO_THROW(check_tensors(pruned));
  // Training has moved the weights and batch-norm statistics of a layer without removals.
  const auto& before = network_.tensors.at("bn1.running_mean").values;
  const auto& after = pruned.tensors.at("bn1.running_mean").values;
  ASSERT_EQ(pruned.spec.graph.widths[0], network_.spec.graph.widths[0])
      << "this seed took a filter of conv1; take another";
  EXPECT_NE(after, before);
  EXPECT_NE(pruned.tensors.at("conv1.weight").values, network_.tensors.at("conv1.weight").values);
}

TEST_F(PruneSteps, FasterPacesDoFewerSteps) {
  prune(taylor(5, {.filters = 2}), "by-two");
  ASSERT_EQ(progress_.size(), 3u);
  EXPECT_EQ(progress_[1].filters_left, 90);
  EXPECT_EQ(progress_[2].filters_left, 89);
  const TrainedNetwork at_once = prune(taylor(5, {}), "at-once");
  ASSERT_EQ(progress_.size(), 1u);
  EXPECT_EQ(progress_[0].filters_left, 89);
  // One-shot does not train.
  EXPECT_EQ(at_once.tensors.at("conv1.weight").values, network_.tensors.at("conv1.weight").values);
}

TEST_F(PruneSteps, AnInterruptedPruningEndsInTheSameBits) {
  const FilterPruning pruning = taylor(5, {.filters = 2});
  const TrainedNetwork whole = prune(pruning, "whole");
  for (const int step : {1, 2}) {
    stop_after_ = step;
    EXPECT_THROW(prune(pruning, "broken"), StoppedStep);
    EXPECT_EQ(progress_.size(), 1u) << "it began again";
  }
  stop_after_ = 0;
  const TrainedNetwork broken = prune(pruning, "broken");
  EXPECT_EQ(serialize_network(broken), serialize_network(whole));
  EXPECT_EQ(serialize_network(prune(pruning, "broken")), serialize_network(whole));  // finished: nothing happens
  EXPECT_TRUE(progress_.empty());
}

TEST_F(PruneSteps, ABudgetStopsAStepWhereTheModelFits) {
  const DeviceNeeds whole = int8_needs(network_);
  FilterPruning pruning = taylor(0, {.filters = 4});
  pruning.budget = Budget{.flash_bytes = {}, .ram_bytes = {}, .macs = whole.macs * 85 / 100};
  pruning.final_provenance = "{}";
  const TrainedNetwork pruned = prune(pruning, "state");
  EXPECT_LE(int8_needs(pruned).macs, whole.macs * 85 / 100);
  ASSERT_FALSE(progress_.empty());
  for (std::size_t step = 0; step + 1 < progress_.size(); ++step) {
    EXPECT_EQ(progress_[step].filters_left, 94 - 4 * (static_cast<int>(step) + 1));
  }
}

// As published: 1e-3, divided by 10 at 50 % and again at 80 %.
TEST(RateAfterRemoval, FallsAtHalfAndAtFourFifths) {
  EXPECT_DOUBLE_EQ(rate_after_removal(0, 10), 1e-3);
  EXPECT_DOUBLE_EQ(rate_after_removal(4, 10), 1e-3);
  EXPECT_DOUBLE_EQ(rate_after_removal(5, 10), 1e-4);
  EXPECT_DOUBLE_EQ(rate_after_removal(7, 10), 1e-4);
  EXPECT_DOUBLE_EQ(rate_after_removal(8, 10), 1e-5);
  EXPECT_DOUBLE_EQ(rate_after_removal(9, 10), 1e-5);
}

}  // namespace
}  // namespace stapes
