// SPDX-License-Identifier: Apache-2.0
#include "train/training_inputs.h"

#include <gmock/gmock.h>

#include "train/trainer_fixture.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::StrEq;
using testing::ThrowsMessage;

struct Relative {
  std::vector<std::string> labels;
  std::string message;  // "" = valid
};

class TrainingInputsTest : public TrainerFixture {
 protected:
  // A network with the run's spec and these classes.
  TrainedNetwork relative(const std::vector<std::string>& labels) const {
    TrainedNetwork network;
    network.spec = config().spec;
    network.labels = labels;
    return network;
  }
  std::vector<Relative> relatives() const {
    const std::vector<std::string>& own = training_.labels;
    return {{own, ""},
            {{"class_0", "class_1", "class_2"}, ""},  // imported without class names
            {{own[1], own[0], own[2]}, "class 0 is " + own[1] + " in the "},
            {{own[0], own[1], "other"}, "class 2 is other in the "},
            {{own[0] + " ", own[1], own[2]}, "class 0 is "}};
  }
};

TEST_F(TrainingInputsTest, TheStartKnowsTheSameClasses) {
  for (const Relative& r : relatives()) {
    const auto check = [&] { inputs(config(), relative(r.labels)); };
    if (r.message.empty()) {
      EXPECT_NO_THROW(check());
    } else {
      EXPECT_THAT(check, ThrowsMessage<Error>(HasSubstr(r.message)));
    }
  }
}

TEST_F(TrainingInputsTest, OnlySoundHasASampleRateInMessages) {
  TrainConfig changed = config();
  ClipSet training = training_, test = test_;
  const auto refuses = [&](const char* why) {
    EXPECT_THAT([&] { TrainingInputs(changed, training, test, {}); }, ThrowsMessage<Error>(StrEq(why)));
  };
  training.labels.push_back("fourth");
  test.labels.push_back("fourth");
  refuses("the run is for 3 classes at 8000 Hz, but the data set has 4 at 8000 Hz");
  changed.spec = test::small_resnet_spec();
  for (ClipSet* set : {&training, &test}) {
    set->sample_rate_hz = 0;
    set->image = ImageSize{16, 16, 3};
  }
  refuses("the run is for 3 classes, but the data set has 4");
}

// Data sets from earlier versions may have names that cannot be packed. They are refused at the start, not after hours
// of training.
TEST_F(TrainingInputsTest, NamesThatCannotBePackedAreRefused) {
  for (const char* name : {"do\tg", "\x1b[2J", "caf\xe9", ""}) {
    ClipSet training = training_, test = test_;
    training.labels[1] = test.labels[1] = name;
    EXPECT_THAT([&] { TrainingInputs(config(), training, test, {}); },
                ThrowsMessage<Error>(HasSubstr("class name \"")));
  }
}

}  // namespace
}  // namespace stapes
