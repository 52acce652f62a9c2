#include "compress/quantize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "compress/pack.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "support/random_network.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::int16_t> noise_window(std::uint32_t number, int samples) {
  Philox rng(5, Philox::Purpose::kTest, number);
  std::vector<std::int16_t> window;
  for (int i = 0; i < samples; ++i) window.push_back(static_cast<std::int16_t>(rng.normal() * 6000));
  return window;
}

CalibrationWindows noise(int count, int samples) {
  return [=](const std::function<void(std::span<const std::int16_t>)>& use) {
    for (int i = 0; i < count; ++i) use(noise_window(static_cast<std::uint32_t>(i), samples));
  };
}

HostClassifier classifier(const fb::ModelT& model) {
  return HostClassifier(std::make_shared<ModelFile>(serialize_model(model), "test"));
}

TEST(Quantize, TheIntegersFollowTheFloats) {
  const TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  const fb::ModelT fp32 = pack_network(network);
  const int samples = network.spec.window_samples;
  const fb::ModelT int8 = quantize_post_training(fp32, noise(20, samples));
  EXPECT_EQ(int8.route, "int8");
  HostClassifier reference = classifier(fp32), integers = classifier(int8);
  double signal = 0, error = 0;
  for (std::uint32_t i = 100; i < 120; ++i) {  // windows the calibration has not seen
    const auto window = noise_window(i, samples);
    const std::vector<float> want = reference.run_pcm(window), got = integers.run_pcm(window);
    for (std::size_t c = 0; c < want.size(); ++c) {
      signal += want[c] * want[c];
      error += (want[c] - got[c]) * (want[c] - got[c]);
    }
  }
  // 12 layers of 8-bit rounding, each near 40 dB below its signal, add up to about 30 dB.
  EXPECT_GT(10 * std::log10(signal / error), 25);
}

TEST(Quantize, TheFileShrinks) {
  const TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  const fb::ModelT fp32 = pack_network(network);
  const fb::ModelT int8 = quantize_post_training(fp32, noise(2, network.spec.window_samples));
  EXPECT_LT(serialize_model(int8).size(), serialize_model(fp32).size());
}

TEST(Quantize, ASilentFilterIsNoProblem) {
  TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  for (const char* part : {".weight", ".bias"}) network.tensors[std::string("bn4") + part].values.assign(5, 0.0f);
  const fb::ModelT int8 = quantize_post_training(pack_network(network), noise(2, network.spec.window_samples));
  const auto scores = classifier(int8).run_pcm(noise_window(1, network.spec.window_samples));
  for (const float score : scores) EXPECT_TRUE(std::isfinite(score));
}

TEST(Quantize, RefusesOtherRoutesAndNoCalibration) {
  const TrainedNetwork network = test::RandomNetwork(test::small_spec()).take();
  const int samples = network.spec.window_samples;
  const fb::ModelT fp32 = pack_network(network);
  EXPECT_THAT([&] { quantize_post_training(fp32, noise(0, samples)); },
              ThrowsMessage<Error>(HasSubstr("no calibration")));
  const fb::ModelT int8 = quantize_post_training(fp32, noise(1, samples));
  EXPECT_THAT([&] { quantize_post_training(int8, noise(1, samples)); }, ThrowsMessage<Error>(HasSubstr("route int8")));
}

}  // namespace
}  // namespace stapes
