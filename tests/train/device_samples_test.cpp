// SPDX-License-Identifier: Apache-2.0
#include "train/device_samples.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "data/selection.h"
#include "support/temp_dir.h"
#include "train/training_clips.h"

namespace stapes {
namespace {

struct Difference {
  float wave = 0, target = 0;  // largest, absolute
};

Difference compare(const TrainingSamples& samples, std::uint32_t epoch, std::size_t first, std::size_t count) {
  std::vector<float> waves(count * samples.window_samples()), targets(count * samples.class_count());
  samples.fill(epoch, first, count, waves, targets, 1);
  const TensorBatch batch = DeviceSamples(samples, torch::kCPU).batch(epoch, first, count);
  const auto n = static_cast<std::int64_t>(count), window = static_cast<std::int64_t>(samples.window_samples());
  EXPECT_EQ(batch.values.sizes(), (std::vector<std::int64_t>{n, 1, 1, window}));
  EXPECT_EQ(batch.values.scalar_type(), torch::kFloat32);
  const auto largest = [](const torch::Tensor& got, std::vector<float>& want) {
    return (got - torch::from_blob(want.data(), got.sizes())).abs().max().item<float>();
  };
  EXPECT_GT(batch.values.abs().max().item<float>(), 0.05f);
  return {largest(batch.values, waves), largest(batch.targets, targets)};
}

class DeviceSamplesTest : public testing::Test {
 protected:
  ClipSet tones(const test::ToneLength& length) {
    const auto path = dir_ / "tones";
    test::write_tones(path, 12, length);
    data_ = std::make_unique<DataSet>(path);
    return select_classes(*data_, "all");
  }
  test::TempDir dir_;
  std::unique_ptr<DataSet> data_;
};

// Measured: 1.2e-7, one rounding of the result. Only the loudness rounds differently, which hardly moves the mix.
constexpr float kLoudnessRounding = 1e-6f;

TEST_F(DeviceSamplesTest, EqualTheScalarSamples) {
  const TrainingSamples samples(tones({.sample_rate_hz = 20000, .samples = 33000}), {.window_samples = 30225}, 9);
  for (const std::uint32_t epoch : {0u, 1u, 700u}) {
    for (const std::size_t first : {0u, 16u, 48u}) {
      const Difference difference = compare(samples, epoch, first, 16);
      EXPECT_LT(difference.wave, kLoudnessRounding) << epoch << " " << first;
      EXPECT_EQ(difference.target, 0) << epoch << " " << first;
    }
  }
}

// Backgrounds, one of them silent, are mixed into half of the samples.
TEST_F(DeviceSamplesTest, EqualThemWithBackgrounds) {
  const ClipSet clips = tones({8000, 2400});
  const std::vector<std::int16_t> silence(3000);
  BackgroundMix mix{.clips = clips, .min_snr_db = -10, .max_snr_db = 20, .share = 0.5};
  mix.clips.clips.resize(3);
  mix.clips.clips.push_back({.samples = silence, .name = "silence", .source = "silence"});
  const AugmentSpec spec{.window_samples = 2000};
  const TrainingSamples without(clips, spec, 9), with(clips, spec, 9, mix);
  int mixed = 0;
  for (const std::uint32_t epoch : {0u, 700u}) {
    const Difference difference = compare(with, epoch, 16, 32);
    EXPECT_LT(difference.wave, kLoudnessRounding) << epoch;
    EXPECT_EQ(difference.target, 0) << epoch;
    const TensorBatch plain = DeviceSamples(without, torch::kCPU).batch(epoch, 16, 32);
    const TensorBatch backed = DeviceSamples(with, torch::kCPU).batch(epoch, 16, 32);
    for (std::int64_t i = 0; i < 32; ++i) {
      const auto draw = with.draw(epoch, 16 + static_cast<std::uint32_t>(i));
      const bool changes = draw.background && draw.background->clip != 3;
      EXPECT_EQ(torch::equal(plain.values[i], backed.values[i]), !changes) << i;
      mixed += changes ? 1 : 0;
    }
  }
  EXPECT_GT(mixed, 12);
}

// A window shorter than a loudness frame, short clips, stretching by up to 4 or not at all, the frames of 44.1 kHz.
TEST_F(DeviceSamplesTest, EqualThemAtTheEdges) {
  const struct {
    test::ToneLength clip;
    AugmentSpec spec;
  } cases[] = {{{8000, 2400}, {.window_samples = 1001}},
               {{8000, 500}, {.window_samples = 4097, .max_stretch = 4}},
               {{8000, 1}, {.window_samples = 64}},
               {{44100, 20000}, {.window_samples = 9000, .max_stretch = 1, .max_gain_db = 0}}};
  for (const auto& c : cases) {
    const TrainingSamples samples(tones(c.clip), c.spec, 3);
    const Difference difference = compare(samples, 2, 5, 32);
    EXPECT_LT(difference.wave, kLoudnessRounding) << c.spec.window_samples;
    EXPECT_EQ(difference.target, 0) << c.spec.window_samples;
  }
}

}  // namespace
}  // namespace stapes
