// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "packed/broken_model.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

using test::Broken, test::expect_found, test::kCorrupt;

fb::ModelT with_detector() { return test::tiny_detector(); }

class CheckDetector : public testing::TestWithParam<Broken> {};
TEST_P(CheckDetector, FindsWhatIsBroken) { expect_found(GetParam()); }

const std::vector<Broken>& detector_cases() {
  static const std::vector<Broken> cases = {
      {"hop_zero", with_detector, [](auto& m) { m.detector->hop_samples = 0; }, kCorrupt, "a detector's hop is below 1",
       -1},
      {"average_negative", with_detector, [](auto& m) { m.detector->average_samples = -1; }, kCorrupt,
       "a detector's average or refractory time is negative", -1},
      {"refractory_negative", with_detector, [](auto& m) { m.detector->refractory_samples = -1; }, kCorrupt,
       "a detector's average or refractory time is negative", -1},
      {"minimum_zero", with_detector, [](auto& m) { m.detector->minimum_windows = 0; }, kCorrupt,
       "a detector's minimum number of windows is below 1", -1},
      {"no_thresholds", with_detector, [](auto& m) { m.detector->thresholds.clear(); }, kCorrupt,
       "wrong number of detection thresholds", -1},
      {"threshold_too_many", with_detector, [](auto& m) { m.detector->thresholds.push_back(1); }, kCorrupt,
       "wrong number of detection thresholds", -1},
      {"gate_below", with_detector, [](auto& m) { m.detector->gate_class = -2; }, kCorrupt,
       "a detector's gate is not a class", -1},
      {"gate_beyond", with_detector, [](auto& m) { m.detector->gate_class = 2; }, kCorrupt,
       "a detector's gate is not a class", -1},
      {"no_sound", with_detector, [](auto& m) { m.sample_rate_hz = 0; }, kCorrupt,
       "a detector in a model that does not take sound", -1},
  };
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Detectors, CheckDetector, testing::ValuesIn(detector_cases()),
                         [](const auto& info) { return info.param.name; });

// The table must not change the bytes of other models.
TEST(CheckDetectorTable, AModelWithoutADetectorHasTheSameBytesAsEver) {
  fb::ModelT model = test::tiny_int8();
  const auto before = serialize_model(model);
  model.detector = std::make_unique<fb::DetectorT>();
  model.detector->hop_samples = 48;
  model.detector->thresholds = {1, 2};
  EXPECT_GT(serialize_model(model).size(), before.size());
  model.detector = nullptr;
  EXPECT_EQ(serialize_model(model), before);
}

// 0 means no gate and is not stored.
TEST(CheckDetectorTable, AGateByLevelIsStoredOnlyWhereThereIsOne) {
  fb::ModelT model = test::tiny_detector();
  const auto before = serialize_model(model);
  model.detector->gate_power = 0xFFFFFFFF;
  EXPECT_NE(serialize_model(model), before);
  EXPECT_EQ(copy_model(model).detector->gate_power, 0xFFFFFFFF);
  model.detector->gate_power = 0;
  EXPECT_EQ(serialize_model(model), before);
}

TEST(CheckDetectorTable, ACopyKeepsTheDetector) {
  const fb::ModelT copy = copy_model(test::tiny_detector());
  ASSERT_NE(copy.detector, nullptr);
  EXPECT_EQ(copy.detector->thresholds, test::tiny_detector().detector->thresholds);
}

}  // namespace
}  // namespace stapes
