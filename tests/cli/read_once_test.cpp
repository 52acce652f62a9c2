// SPDX-License-Identifier: Apache-2.0
// A training run reads data, initial network and teacher once. Only `data info` reads every sample.
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/open_counter.h"
#include "cli/training_run.h"

namespace stapes::test {
namespace {

// For runs in which a single process trains.
class TrainingReadsOnce : public Training {
 protected:
  void SetUp() override {
    Training::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(run_stapes(train("start", 1)).status, 0);
    ASSERT_EQ(run_stapes(train("teacher", 1)).status, 0);
  }
  std::string start_weights() const { return path("start") + "/weights.network"; }
  std::string teacher_weights() const { return path("teacher") + "/weights.network"; }
};

TEST_F(TrainingReadsOnce, ItsInputs) {
  OpenCounter data(path("tones")), start(start_weights()), teacher(teacher_weights());
  const Outcome trained = run_stapes(
      train("run", 1, {"--binary", "--select", "validation", "--init", path("start"), "--teacher", path("teacher")}));
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_EQ(data.opens(), 1);
  EXPECT_EQ(start.opens(), 1);
  EXPECT_EQ(teacher.opens(), 1);
}

TEST_F(TrainingReadsOnce, ItsInputsWhenItIsResumed) {
  ASSERT_EQ(run_stapes(train("run", 1, {"--teacher", path("teacher"), "--init", path("start")})).status, 0);
  std::filesystem::remove(path("run") + "/result.json");
  OpenCounter data(path("tones")), start(start_weights()), teacher(teacher_weights());
  ASSERT_EQ(run_stapes({"train", "--resume", path("run"), "-q"}).status, 0);
  EXPECT_EQ(data.opens(), 1);
  EXPECT_EQ(start.opens(), 0);  // the checkpoint holds the weights
  EXPECT_EQ(teacher.opens(), 1);
}

// All folds are checked before the first is trained.
TEST_F(Training, ReadsItsInputsOnceForEachFold) {
  ASSERT_EQ(run_stapes(train("starts", 1, {"--folds", "1,2"})).status, 0);
  OpenCounter data(path("tones")), first(path("starts") + "/fold-1/weights.network"),
      second(path("starts") + "/fold-2/weights.network");
  ASSERT_EQ(run_stapes(train("runs", 1, {"--folds", "1,2", "--init", path("starts")})).status, 0);
  EXPECT_EQ(data.opens(), 1);
  EXPECT_EQ(first.opens(), 1);
  EXPECT_EQ(second.opens(), 1);
}

// `prune` replaces itself with a process that trains, so data and teacher are read twice.
TEST_F(TrainingReadsOnce, TheParentOfAPrunedNetwork) {
  OpenCounter data(path("tones")), parent(start_weights()), teacher(teacher_weights());
  const Outcome pruned = run_stapes({"prune", path("start"), "--teacher", path("teacher"), "--ratio", "0.3", "--epochs",
                                     "1", "--threads", "1", "-q", "-o", path("pruned")});
  ASSERT_EQ(pruned.status, 0) << pruned.err;
  EXPECT_EQ(data.opens(), 2);
  EXPECT_EQ(parent.opens(), 1);
  EXPECT_EQ(teacher.opens(), 2);
}

// The index contains every sample's hash. Training does not check it.
TEST_F(Training, OnlyDataInfoReadsEverySample) {
  std::string file = read_text_file(path("tones"));
  file[64] = static_cast<char>(file[64] ^ 1);  // the first sample
  write_text_file(path("tones"), file, Existing::kReplace);
  const Outcome trained = run_stapes(train("run", 1));
  EXPECT_EQ(trained.status, 0) << trained.err;
  EXPECT_TRUE(fails_cleanly(run_stapes({"data", "info", path("tones")}), 1, "do not match their hash"));
}

}  // namespace
}  // namespace stapes::test
