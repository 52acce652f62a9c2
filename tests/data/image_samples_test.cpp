// SPDX-License-Identifier: Apache-2.0
#include "data/images/image_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "base/error.h"
#include "data/selection.h"
#include "data/tiny_data_set.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr ImageAugmentSpec kNone{.pad = 0, .max_rotation_degrees = 0, .flip = false};

struct DrawnImages {
  std::vector<float> planes, targets;
};

DrawnImages draw_images(const ImageSamples& from, std::size_t first, std::size_t count, int threads = 1,
                        std::uint32_t epoch = 0) {
  DrawnImages drawn{std::vector<float>(count * from.values_per_sample()),
                    std::vector<float>(count * from.class_count())};
  from.fill(epoch, first, count, drawn.planes, drawn.targets, threads);
  return drawn;
}

ClipSet twice(const std::vector<std::int16_t>& pixels, const ImageSize& size) {
  ClipSet set{.clips = {}, .labels = {"a", "b"}, .image = size};
  for (int label = 0; label < 2; ++label) {
    set.clips.push_back({.samples = pixels, .label = label, .fold = 1, .name = "c", .source = "s"});
  }
  return set;
}

class ImageSamplesTest : public testing::Test {
 protected:
  void images(const test::TinyImages& shape) {
    test::write_tiny_images(dir / "a.data", shape);
    data.emplace(dir / "a.data");
    set = select_classes(*data, "all");
  }
  // Outside the image, everything is mid-gray.
  float pixel(std::size_t clip, int channel, int row, int column) const {
    const ImageSize& size = *set.image;
    if (row < 0 || row >= size.height || column < 0 || column >= size.width) return 0;
    const int at = (row * size.width + column) * size.channels + channel;
    return static_cast<float>(set.clips[clip].samples[static_cast<std::size_t>(at)]) / 32768.0f;
  }
  double bilinear(std::size_t clip, int channel, double y, double x) const {
    const int x0 = static_cast<int>(std::floor(x)), y0 = static_cast<int>(std::floor(y));
    const double a = x - x0, b = y - y0;
    const double upper = (1 - a) * pixel(clip, channel, y0, x0) + a * pixel(clip, channel, y0, x0 + 1);
    const double lower = (1 - a) * pixel(clip, channel, y0 + 1, x0) + a * pixel(clip, channel, y0 + 1, x0 + 1);
    return (1 - b) * upper + b * lower;
  }

  test::TempDir dir;
  std::optional<DataSet> data;
  ClipSet set;
};

TEST_F(ImageSamplesTest, DependOnSeedEpochAndNumberAlone) {
  images({.clips = 11, .image = {9, 7, 3}});
  const ImageSamples samples(set, {}, 5);
  const DrawnImages all = draw_images(samples, 0, 32);
  for (const int threads : {2, 5}) EXPECT_EQ(draw_images(samples, 0, 32, threads).planes, all.planes);
  const auto seventeenth = all.planes.begin() + static_cast<std::ptrdiff_t>(17 * samples.values_per_sample());
  const DrawnImages one = draw_images(samples, 17, 1);
  EXPECT_TRUE(std::equal(one.planes.begin(), one.planes.end(), seventeenth));
  EXPECT_NE(draw_images(samples, 0, 32, 1, 1).planes, all.planes);
  EXPECT_NE(draw_images(ImageSamples(set, {}, 6), 0, 32).planes, all.planes);
}

TEST_F(ImageSamplesTest, WithoutAugmentationAreTheImagesAsPlanes) {
  images({.clips = 6, .image = {5, 8, 3}});
  const ImageSamples samples(set, kNone, 1);
  const DrawnImages drawn = draw_images(samples, 0, 6);
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < 6; ++i) {
    const std::size_t clip = samples.draw(0, i).clip;
    for (int channel = 0; channel < 3; ++channel) {
      for (int row = 0; row < 5; ++row) {
        for (int column = 0; column < 8; ++column) EXPECT_EQ(drawn.planes[at++], pixel(clip, channel, row, column));
      }
    }
    for (std::size_t label = 0; label < 3; ++label) {
      EXPECT_EQ(drawn.targets[3 * i + label], static_cast<int>(label) == set.clips[clip].label ? 1 : 0);
    }
  }
}

TEST_F(ImageSamplesTest, AnEpochHoldsEachImageOnceInAnOrderOfItsOwn) {
  images({.clips = 30, .image = {2, 2, 1}});
  const ImageSamples samples(set, kNone, 1);
  std::set<std::vector<std::size_t>> orders;
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
    std::vector<std::size_t> order;
    for (std::uint32_t i = 0; i < 30; ++i) order.push_back(samples.draw(epoch, i).clip);
    EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), 30u);
    EXPECT_EQ(samples.draw(epoch, 34).clip, order[4]) << "a batch larger than the set goes round";
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 3u);
  EXPECT_EQ(samples.batches_per_epoch(8), 3u);
  EXPECT_EQ(samples.batches_per_epoch(64), 1u);
}

TEST_F(ImageSamplesTest, DrawsAreUniformWithinTheirBounds) {
  images({.clips = 3, .image = {8, 8, 1}});
  const ImageSamples samples(set, {}, 2);
  constexpr std::uint32_t kCount = 9000;
  std::vector<int> top(9), left(9);
  int flipped = 0;
  double sum = 0, low = 99, high = -99;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const ImageDraw draw = samples.draw(0, i);
    ASSERT_LE(std::abs(draw.top), 4);
    ASSERT_LE(std::abs(draw.left), 4);
    ++top[static_cast<std::size_t>(draw.top + 4)];
    ++left[static_cast<std::size_t>(draw.left + 4)];
    flipped += draw.flip;
    sum += draw.rotation_degrees;
    low = std::min(low, draw.rotation_degrees);
    high = std::max(high, draw.rotation_degrees);
  }
  // Binomial with n = 9000: 1000 +- 30 per position, 4500 +- 47 flipped; five deviations are allowed.
  for (const int n : top) EXPECT_NEAR(n, 1000, 150);
  for (const int n : left) EXPECT_NEAR(n, 1000, 150);
  EXPECT_NEAR(flipped, 4500, 237);
  EXPECT_NEAR(sum / kCount, 0, 0.5);  // 15 / sqrt(3 * 9000) = 0.09
  EXPECT_NEAR(low, -15, 0.1);
  EXPECT_NEAR(high, 15, 0.1);
  EXPECT_GE(low, -15);
  EXPECT_LT(high, 15);
}

TEST_F(ImageSamplesTest, CropAndFlipMoveWholePixelsAndShowGreyOutside) {
  images({.clips = 4, .labels = 2, .image = {6, 9, 3}});
  const ImageSamples samples(set, {.pad = 3, .max_rotation_degrees = 0, .flip = true}, 3);
  const DrawnImages drawn = draw_images(samples, 0, 50);
  bool seen[2] = {};
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < 50; ++i) {
    const ImageDraw draw = samples.draw(0, i);
    seen[draw.flip] = true;
    for (int channel = 0; channel < 3; ++channel) {
      for (int row = 0; row < 6; ++row) {
        for (int column = 0; column < 9; ++column) {
          const int from = draw.flip ? 8 - column : column;
          ASSERT_EQ(drawn.planes[at++], pixel(draw.clip, channel, row + draw.top, from + draw.left)) << "sample " << i;
        }
      }
    }
  }
  EXPECT_TRUE(seen[false] && seen[true]);
}

TEST_F(ImageSamplesTest, RotationIsBilinearAboutTheCenter) {
  images({.clips = 4, .labels = 2, .image = {7, 10, 3}});
  const ImageSamples samples(set, {.pad = 0, .max_rotation_degrees = 90, .flip = false}, 4);
  const DrawnImages drawn = draw_images(samples, 0, 40);
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < 40; ++i) {
    const ImageDraw draw = samples.draw(0, i);
    const double angle = draw.rotation_degrees * std::acos(-1.0) / 180;
    for (int channel = 0; channel < 3; ++channel) {
      for (int row = 0; row < 7; ++row) {
        for (int column = 0; column < 10; ++column) {
          // Offsets right of and above the center. The source position is `angle` clockwise from there.
          const double right = column - 4.5, up = 3 - row;
          const double x = 4.5 + right * std::cos(angle) + up * std::sin(angle);
          const double y = 3 - (up * std::cos(angle) - right * std::sin(angle));
          // Values have magnitude below 1, so the error is a few roundings of 2^-24.
          ASSERT_NEAR(drawn.planes[at++], bilinear(draw.clip, channel, y, x), 1e-6) << "sample " << i;
        }
      }
    }
  }
}

// A quarter turn counter-clockwise moves the upper left corner to the lower left.
TEST_F(ImageSamplesTest, APositiveRotationIsCounterClockwise) {
  std::vector<std::int16_t> pixels(25);
  pixels[0] = 16384;
  const ImageSamples samples(twice(pixels, {5, 5, 1}), {.pad = 0, .max_rotation_degrees = 180, .flip = false}, 1);
  int compared = 0;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    if (std::abs(samples.draw(0, i).rotation_degrees - 90) > 5) continue;
    const DrawnImages drawn = draw_images(samples, i, 1);
    EXPECT_GT(drawn.planes[20], 0.3) << "row 4, column 0";
    EXPECT_EQ(drawn.planes[4], 0);
    ++compared;
  }
  EXPECT_GT(compared, 10);
}

// Pixels outside the crop must not reappear.
TEST_F(ImageSamplesTest, TheRotationSeesTheCropAlone) {
  const std::vector<std::int16_t> light(32 * 32, 16384);
  const ImageSamples samples(twice(light, {32, 32, 1}), {}, 1);
  int compared = 0;
  for (std::uint32_t i = 0; i < 40; ++i) {
    const ImageDraw draw = samples.draw(0, i);
    if (std::abs(draw.rotation_degrees) < 5) continue;
    const DrawnImages drawn = draw_images(samples, i, 1);
    EXPECT_EQ(drawn.planes[16 * 32 + 16], 0.5f);
    for (const std::size_t corner : {0, 31, 31 * 32, 32 * 32 - 1}) EXPECT_LT(drawn.planes[corner], 0.25);
    ++compared;
  }
  EXPECT_GT(compared, 10);
}

TEST_F(ImageSamplesTest, RefuseWhatCannotBeTrainedOn) {
  images({.clips = 4, .labels = 2, .image = {8, 9, 3}});
  EXPECT_THAT([&] { ImageSamples(set, {.pad = 8}, 1); }, ThrowsMessage<UsageError>(HasSubstr("expected 0 to 7")));
  EXPECT_THROW(ImageSamples(set, {.pad = -1}, 1), UsageError);
  EXPECT_THROW(ImageSamples(set, {.max_rotation_degrees = -1}, 1), UsageError);
  EXPECT_THROW(ImageSamples(set, {.max_rotation_degrees = 181}, 1), UsageError);
  EXPECT_THROW(ImageSamples(set, {.max_rotation_degrees = std::nan("")}, 1), UsageError);
  ClipSet sound = set;
  sound.image.reset();
  EXPECT_THAT([&] { ImageSamples(sound, {}, 1); }, ThrowsMessage<UsageError>(HasSubstr("expected images")));
  std::erase_if(set.clips, [](const ClipView& clip) { return clip.label == 0; });
  EXPECT_THAT([&] { ImageSamples(set, {}, 1); }, ThrowsMessage<UsageError>(HasSubstr("two classes")));
  EXPECT_THROW(ImageSamples({}, {}, 1), UsageError);
}

}  // namespace
}  // namespace stapes
