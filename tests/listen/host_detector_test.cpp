// SPDX-License-Identifier: Apache-2.0
#include "listen/host_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "listen/listened_model.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ParseThreshold, TakesALevelForAllOrOneClass) {
  EXPECT_EQ(parse_threshold("0.8").label, "");
  EXPECT_EQ(parse_threshold("0.8").threshold, 0.8f);
  EXPECT_EQ(parse_threshold("yes=1").label, "yes");
  EXPECT_EQ(parse_threshold("a=b=0.25").label, "a=b");
  EXPECT_EQ(parse_threshold("noise=off").threshold, Detector::kNever);
}

TEST(ParseThreshold, RefusesEverythingElse) {
  for (const char* text : {"", "=0.5", "yes=", "yes", "1.01", "-0.1", "yes=2", "nan", "yes=inf", "0.5x", "off"}) {
    EXPECT_THROW(parse_threshold(text), UsageError) << text;
  }
}

TEST(ParseGateLevel, TakesDecibelsBelowFullScale) {
  EXPECT_EQ(parse_gate_level("0"), 1);
  EXPECT_DOUBLE_EQ(parse_gate_level("-50"), 1e-5);
  EXPECT_DOUBLE_EQ(parse_gate_level("-96"), std::pow(10, -9.6));
  EXPECT_EQ(parse_gate_level("off"), 0);
  for (const char* text : {"", "1", "0.1", "-96.5", "50", "-inf", "nan", "-50 dB", "on"}) {
    EXPECT_THROW(parse_gate_level(text), UsageError) << text;
  }
}

TEST(HostDetector, TakesTimesInMilliseconds) {
  DetectorOptions options;
  options.latency_ms = 10;   // 80 samples = 5 columns of 16
  options.average_ms = 100;  // 10 windows
  options.suppress_ms = 55;  // skips the windows 10 to 50 ms after a detection
  options.hysteresis = 0.25;
  HostDetector detector(listened_model(), options);
  EXPECT_EQ(detector->hop_samples(), 80);
  EXPECT_EQ(detector->settings().average_windows, 10);
  EXPECT_EQ(detector->settings().refractory_windows, 5);
  EXPECT_EQ(detector->settings().hysteresis, 0.25f);
  EXPECT_EQ(detector->threshold(0), 0.75f) << "the model's";
}

TEST(HostDetector, SetsThresholdsByClass) {
  DetectorOptions options;
  options.thresholds = {{"", 0.5f}, {"b", Detector::kNever}};
  options.gate = ClassThreshold{"a", 0.25f};
  fb::ModelT model = tiny_detector();
  model.labels = {"a", "b"};
  HostDetector detector(listened_model(model), options);
  EXPECT_EQ(detector->threshold(0), 0.5f);
  EXPECT_EQ(detector->threshold(1), Detector::kNever);
  EXPECT_EQ(detector->settings().gate_class, 0);
  EXPECT_EQ(detector->settings().gate_threshold, 0.25f);
}

TEST(HostDetector, NamesAnUnknownClassAndThoseThereAre) {
  DetectorOptions options;
  options.thresholds = {{"yess", 0.5f}};
  fb::ModelT model = tiny_detector();
  model.labels = {"yes", "no"};
  EXPECT_THAT([&] { HostDetector(listened_model(model), options); },
              ThrowsMessage<UsageError>(testing::AllOf(HasSubstr("unknown class 'yess'"), HasSubstr("yes or no"))));
}

TEST(HostDetector, RefusesAMeanThatIsTooLong) {
  DetectorOptions options;
  options.latency_ms = 2;
  options.average_ms = 2000;
  EXPECT_THAT([&] { HostDetector(listened_model(), options); },
              ThrowsMessage<UsageError>(HasSubstr("choose a shorter --average or a longer --latency")));
}

// A mean of 3 s covers 30 scores at a hop of 100 ms, and 1500 at 2 ms.
TEST(HostDetector, RefusesAStoredMeanThatIsTooLongForTheLatency) {
  fb::ModelT model = tiny_detector();
  model.detector->hop_samples = 800;
  model.detector->average_samples = 24000;
  DetectorOptions options;
  options.latency_ms = 2;
  for (const std::optional<double> average_ms : {std::optional<double>(), std::optional<double>(100)}) {
    options.average_ms = average_ms;
    EXPECT_THAT([&] { HostDetector(listened_model(model), options); },
                ThrowsMessage<UsageError>(HasSubstr("choose a longer --latency, or first store a shorter --average")));
  }
}

TEST(HostDetector, RefusesToSaveTimesThatAreTooLong) {
  constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
  const TempDir folder;
  fb::ModelT suppressed = tiny_detector();
  suppressed.detector->refractory_samples = kMax;  // rounded up to a multiple of the hop, 48 samples
  HostDetector detector(listened_model(suppressed), {});
  EXPECT_THAT([&] { detector.save(folder / "saved.stapes", Existing::kRefuse); },
              ThrowsMessage<UsageError>(HasSubstr("cannot save a time of 2147483664 samples")));
  fb::ModelT averaged = tiny_detector();
  averaged.detector->hop_samples = 1 << 30;
  averaged.detector->average_samples = kMax;
  HostDetector slow(listened_model(averaged), {});
  EXPECT_EQ(slow.average_samples(), std::int64_t{1} << 31);
  EXPECT_THROW(slow.save(folder / "saved.stapes", Existing::kRefuse), UsageError);
}

TEST(HostDetector, RefusesModelsThatTakeNoSound) {
  EXPECT_THAT([] { HostDetector(listened_model(tiny_depthwise(1)), {}); },
              ThrowsMessage<Error>(HasSubstr("takes features; expected an audio model")));
}

TEST(HostDetector, RefusesModelsWithoutColumns) {
  EXPECT_THAT([] { HostDetector(listened_model(tiny_model("padded_int8")), {}); },
              ThrowsMessage<Error>(HasSubstr("cannot be streamed")));
}

TEST(HostDetector, RefusesMoreClassesThanItsSoftmaxSums) {
  const auto model_with = [](int classes) {
    fb::ModelT model = tiny_fp32();
    const auto count = static_cast<std::size_t>(classes);
    model.labels.assign(count, "class");
    model.tensors.back()->channels = classes;
    fb::LinearF32T& head = *model.layers.back()->op.AsLinearF32();
    head.weights.assign(4 * count, 0.5f);
    head.bias.assign(count, 0.0f);
    return listened_model(model);
  };
  EXPECT_NO_THROW(HostDetector(model_with(4095), {}));
  EXPECT_THAT([&] { HostDetector(model_with(4096), {}); },
              ThrowsMessage<Error>("cannot listen with tiny: it has 4096 classes; expected at most 4095"));
}

TEST(HostDetector, SavesItsSettingsInTheModel) {
  DetectorOptions options;
  options.latency_ms = 10;
  options.average_ms = 100;
  options.suppress_ms = 55;
  options.minimum_windows = 4;
  options.hysteresis = 0.125;
  options.gate_power = 0.001;
  options.thresholds = {{"", 0.5f}};
  const TempDir folder;
  HostDetector first(listened_model(tiny_int8()), options);
  ASSERT_EQ(first->set_threshold(1, Detector::kNever), Status::kOk);
  first.save(folder / "saved.stapes", Existing::kRefuse);
  HostDetector saved(std::make_shared<const HostModel>(folder / "saved.stapes"), {});
  EXPECT_EQ(saved->hop_samples(), 80);
  const DetectorSettings a = first->settings(), b = saved->settings();
  EXPECT_EQ(a.average_windows, b.average_windows);
  EXPECT_EQ(a.minimum_windows, b.minimum_windows);
  EXPECT_EQ(a.refractory_windows, b.refractory_windows);
  EXPECT_EQ(a.hysteresis, b.hysteresis);
  EXPECT_EQ(a.gate_class, b.gate_class);
  EXPECT_EQ(a.gate_power, b.gate_power);
  EXPECT_NEAR(b.gate_power, 0.001, 1e-9);
  EXPECT_EQ(saved->threshold(0), 0.5f);
  EXPECT_EQ(saved->threshold(1), Detector::kNever);
}

}  // namespace
}  // namespace stapes::test
