// SPDX-License-Identifier: Apache-2.0
#include "evaluate/packed_choice.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "base/error.h"
#include "compress/pack.h"
#include "data/tiny_data_set.h"
#include "evaluate/packed_evaluation.h"
#include "support/random_network.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {
namespace fb = packed::fb;

// Networks that output only the bias of their head.
class Choice : public testing::Test {
 protected:
  Choice() {
    test::write_tiny_data_set(dir_ / "data", {.clips = 30, .labels = 3, .folds = 2, .sample_rate_hz = 8000});
    data_ = std::make_unique<DataSet>(dir_ / "data");
    clips_ = {data_->clips(), data_->labels(), data_->sample_rate_hz()};
  }
  fb::ModelT answering(const std::vector<float>& scores) const {
    TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
    network.labels = clips_.labels;
    for (float& weight : network.tensors["head.weight"].values) weight = 0;
    network.tensors["head.bias"].values = scores;
    return pack_network(network);
  }
  void leave_labels(int most) {
    std::erase_if(clips_.clips, [&](const ClipView& clip) { return clip.label > most; });
  }

  test::TempDir dir_;
  std::unique_ptr<DataSet> data_;
  ClipSet clips_;
};

TEST_F(Choice, AccuracyDecidesFirst) {
  leave_labels(0);
  PackedChoice choice(clips_, 1);
  EXPECT_TRUE(choice.offer("wrong", answering({0, 1, 0})));
  EXPECT_TRUE(choice.offer("right", answering({9, 0, 0})));
  EXPECT_FALSE(choice.offer("wrong again", answering({0, 0, 1})));
  EXPECT_EQ(choice.best().name, "right");
  EXPECT_EQ(choice.best().accuracy, 100);
  ASSERT_EQ(choice.candidates().size(), 3u);
  EXPECT_EQ(choice.candidates()[2].accuracy, 0);
}

// Of equally accurate models, the more confident wins. Of identical models, the first wins.
TEST_F(Choice, LogLossDecidesAmongEquals) {
  leave_labels(0);
  PackedChoice choice(clips_, 1);
  EXPECT_TRUE(choice.offer("unsure", answering({1, 0, 0})));
  EXPECT_TRUE(choice.offer("sure", answering({3, 0, 0})));
  EXPECT_FALSE(choice.offer("sure again", answering({3, 0, 0})));
  EXPECT_EQ(choice.best().name, "sure");
  EXPECT_NEAR(choice.candidates()[0].log_loss, std::log(1 + 2 * std::exp(-1.0)), 1e-6);
  EXPECT_NEAR(choice.candidates()[1].log_loss, std::log(1 + 2 * std::exp(-3.0)), 1e-6);
}

TEST_F(Choice, WithoutClipsThereIsNone) {
  leave_labels(-1);
  EXPECT_THROW(PackedChoice(clips_, 1), Error);
}

}  // namespace
}  // namespace stapes
