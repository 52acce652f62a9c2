// SPDX-License-Identifier: Apache-2.0
#include "train/node_sensitivity.h"

#include <gmock/gmock.h>

#include "train/network_io.h"
#include "train/trainer_fixture.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class NodeSensitivityTest : public TrainerFixture {
 protected:
  SensitivityRequest request(const RunFolder& parent) { return {parent, training_, test_, 4, 2, Existing::kRefuse}; }
  double divergence(const SensitivityRequest& request, const std::vector<std::string>& keep,
                    const std::string& folder) {
    NetworkSpec spec = request.parent.config().spec;
    spec.binary = true;
    spec.form.keep_8_bit = keep;
    return divergence_with_bits(request, spec, dir_ / folder, [](const EpochReport&) {});
  }
  const std::vector<std::string> all_ = {"conv2", "conv3", "conv4",  "conv5",  "conv6", "conv7",
                                         "conv8", "conv9", "conv10", "conv11", "conv12"};
};

TEST_F(NodeSensitivityTest, MoreBitsDivergeMoreAndAnInterruptedRunGoesOn) {
  const RunFolder parent = run("fp32", config());
  finish(parent);
  const SensitivityRequest request = this->request(parent);
  std::vector<std::string> all_but_one = all_;
  std::erase(all_but_one, "conv7");
  const double one = divergence(request, all_but_one, "one"), many = divergence(request, {"conv2", "conv3"}, "many");
  EXPECT_GT(one, 0);
  EXPECT_GT(many, one);
  EXPECT_DOUBLE_EQ(divergence(request, all_but_one, "one"), one);  // read, not trained again
  SensitivityRequest longer = request;
  longer.epochs = 5;
  EXPECT_THAT([&] { divergence(longer, all_but_one, "one"); }, ThrowsMessage<Error>(HasSubstr("different options")));
  longer.existing = Existing::kReplace;
  EXPECT_GT(divergence(longer, all_but_one, "one"), 0);
}

TEST_F(NodeSensitivityTest, ABinaryParentIsRefused) {
  const RunFolder parent = run("binary", config(true));
  write_network(parent.weights(), test::RandomNetwork(parent.config().spec).take(), Existing::kRefuse);
  EXPECT_THAT([&] { divergence(request(parent), all_, "none"); },
              ThrowsMessage<UsageError>(HasSubstr("is a binary run; use a full-precision run")));
}

TEST_F(NodeSensitivityTest, TheDeviceAndTheTeacherOfTheParentAreItsOwn) {
  TrainConfig short_config = config();
  short_config.epochs = short_config.warmup_epochs = 1;
  const RunFolder trained = run("trained", short_config);
  finish(trained);
  TrainConfig elsewhere = short_config;
  elsewhere.device = Device::kCuda;
  elsewhere.precision = Precision::kMixed;
  elsewhere.teacher = "gone";
  elsewhere.feature_weight = 3;
  const RunFolder parent = run("elsewhere", elsewhere);
  std::filesystem::copy_file(trained.weights(), parent.weights());
  SensitivityRequest request = this->request(parent);
  request.epochs = 1;
  EXPECT_GT(divergence(request, all_, "none"), 0);
  const TrainConfig made = RunFolder::open(dir_ / "none").config();
  EXPECT_EQ(made.device, choose_device("auto"));
  EXPECT_EQ(made.feature_weight, 0);
}

}  // namespace
}  // namespace stapes
