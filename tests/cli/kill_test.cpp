// SPDX-License-Identifier: Apache-2.0
// SIGKILL at any moment. A resumed run has bit-identical results.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/philox.h"
#include "cli/child.h"
#include "cli/training_run.h"

namespace stapes::test {
namespace {

using Clock = std::chrono::steady_clock;

class KillTest : public Training {
 protected:
  // Epochs in metrics.jsonl, including those that a resume drops.
  int epochs_written(const std::string& run) const {
    std::ifstream file(path(run) + "/metrics.jsonl");
    int lines = 0;
    for (std::string line; std::getline(file, line);) ++lines;
    return lines;
  }

  // Waits until `run` has `epochs` more epochs than now, then for `more_us` microseconds.
  void wait_for(Child& child, const std::string& run, int epochs, std::uint32_t more_us) const {
    const int enough = epochs_written(run) + epochs;
    while (child.running() && epochs_written(run) < enough) std::this_thread::sleep_for(std::chrono::microseconds(300));
    std::this_thread::sleep_for(std::chrono::microseconds(more_us));
  }

  void expect_same_bits(const std::string& run, const std::string& expected) const {
    for (const char* file : {"/weights.network", "/best.network", "/ema.network", "/config.json"}) {
      EXPECT_EQ(read_text_file(path(run) + file) == read_text_file(path(expected) + file), true) << file;
    }
    EXPECT_EQ(metrics_without_times(run), metrics_without_times(expected));
  }

  std::vector<nlohmann::json> metrics_without_times(const std::string& run) const {
    std::vector<nlohmann::json> lines;
    std::ifstream file(path(run) + "/metrics.jsonl");
    for (std::string text; std::getline(file, text);) {
      lines.push_back(nlohmann::json::parse(text));
      lines.back().erase("seconds");
      lines.back().erase("clips_per_second");
    }
    return lines;
  }

  // At seeded moments: during start-up, within an epoch, while writing files.
  void kill_twenty_times(const std::string& run, const std::vector<std::string>& start, int epochs) {
    constexpr int kKills = 20;
    Philox random(17, Philox::Purpose::kTest);
    std::vector<std::string> arguments = start;
    for (int i = 0; i < kKills; ++i) {
      Child child(arguments);
      // A resume first loads libtorch. Some kills come then, most an epoch or two later.
      const int more_epochs =
          static_cast<int>(random.below(8)) == 0 && i > 0 ? 0 : 1 + static_cast<int>(random.below(2));
      wait_for(child, run, more_epochs, random.below(more_epochs == 0 ? 400000 : 30000));
      ASSERT_TRUE(child.kill()) << "kill " << i << ": it had ended by itself";
      ASSERT_LT(epochs_written(run), epochs) << "kill " << i;
      arguments = {"train", "--resume", path(run), "-q"};
    }
    const Outcome last = run_stapes(arguments);
    ASSERT_EQ(last.status, 0) << last.err;
  }
};

constexpr int kEpochs = 48;

TEST_F(KillTest, AFullPrecisionRunEndsInTheSameBitsAfterTwentyKills) {
  write_backgrounds(dir_ / "noise", 6);
  const std::vector<std::string> options = {"--ema",    "0.9",        "--eval-every", "1",
                                            "--select", "validation", "--background", path("noise")};
  ASSERT_EQ(run_stapes(train("whole", kEpochs, options)).status, 0);
  kill_twenty_times("killed", train("killed", kEpochs, options), kEpochs);
  expect_same_bits("killed", "whole");
}

TEST_F(KillTest, ABinaryRunEndsInTheSameBitsAfterTwentyKills) {
  const std::vector<std::string> options = {"--binary", "--ema", "0.9", "--eval-every", "2", "--activation-epochs",
                                            "5"};
  ASSERT_EQ(run_stapes(train("whole", kEpochs, options)).status, 0);
  kill_twenty_times("killed", train("killed", kEpochs, options), kEpochs);
  expect_same_bits("killed", "whole");
}

TEST_F(KillTest, ARunThatIsBeingTrainedIsNotResumedBesideIt) {
  Child child(train("busy", 500));
  wait_for(child, "busy", 1, 0);
  EXPECT_TRUE(fails_cleanly(run_stapes({"train", "--resume", path("busy"), "-q"}), 1, "in use by another process"));
  EXPECT_TRUE(fails_cleanly(run_stapes(train("busy", 1, {"--force"})), 1, "in use by another process"));
  ASSERT_TRUE(child.kill());
}

}  // namespace
}  // namespace stapes::test
