#include "evaluate/packed_evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "compress/pack.h"
#include "data/tiny_data_set.h"
#include "packed/writer.h"
#include "support/random_network.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class PackedEvaluation : public testing::Test {
 protected:
  PackedEvaluation() {
    test::write_tiny_data_set(dir_ / "data", {.clips = 30, .labels = 3, .folds = 2, .sample_rate_hz = 8000});
    data_ = std::make_unique<DataSet>(dir_ / "data");
    clips_ = {data_->clips(), data_->labels(), data_->sample_rate_hz()};
    network_ = test::RandomNetwork(test::small_spec()).take();
    network_.labels = clips_.labels;
  }
  std::shared_ptr<const ModelFile> model() const {
    return std::make_shared<const ModelFile>(serialize_model(pack_network(network_)), "test");
  }

  test::TempDir dir_;
  std::unique_ptr<DataSet> data_;
  ClipSet clips_;
  TrainedNetwork network_;
};

TEST_F(PackedEvaluation, DoesNotDependOnTheNumberOfThreads) {
  const Evaluation one = evaluate_packed(model(), clips_, Protocol::kTenCrops, 1);
  const Evaluation three = evaluate_packed(model(), clips_, Protocol::kTenCrops, 3);
  EXPECT_EQ(one.clips(), 30);
  EXPECT_EQ(one.confusion(), three.confusion());
}

TEST_F(PackedEvaluation, RefusesClipsTheModelWasNotMadeFor) {
  const auto evaluate = [&] { evaluate_packed(model(), clips_, Protocol::kSingleWindow, 1); };
  clips_.labels[1] = "other";
  EXPECT_THAT(evaluate, ThrowsMessage<Error>(HasSubstr("class 1 is label1 to the model and other")));
  clips_.labels.pop_back();
  EXPECT_THAT(evaluate, ThrowsMessage<Error>(HasSubstr("--classes")));
  clips_.sample_rate_hz = 16000;
  EXPECT_THAT(evaluate, ThrowsMessage<Error>(HasSubstr("--sample-rate 8000")));
}

}  // namespace
}  // namespace stapes
