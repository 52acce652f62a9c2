// SPDX-License-Identifier: Apache-2.0
#include "data/features/feature_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "data/features/feature_values.h"
#include "data/selection.h"
#include "data/tiny_data_set.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr FeatureSize kTwoPlanes{4, 3, 2};

class FeatureSamplesTest : public testing::Test {
 protected:
  struct Drawn {
    std::vector<float> values, targets;
  };
  static Drawn draw(const FeatureSamples& from, std::uint32_t epoch, std::size_t count, int threads = 1) {
    Drawn drawn{std::vector<float>(count * from.values_per_sample()), std::vector<float>(count * from.class_count())};
    from.fill(epoch, 0, count, drawn.values, drawn.targets, threads);
    return drawn;
  }
  test::TempDir dir;
  const std::string hash = test::write_tiny_features(dir / "a.data", {.size = kTwoPlanes});
  const DataSet data{dir / "a.data"};
  const FeatureSamples samples{select_classes(data, "all"), 3};
};

TEST_F(FeatureSamplesTest, EachClipComesOncePerEpochAsPlanes) {
  const std::size_t clips = samples.clips().clips.size(), each = samples.values_per_sample();
  ASSERT_EQ(each, 24u);
  const Drawn drawn = draw(samples, 1, clips);
  std::set<std::size_t> found;
  for (std::size_t i = 0; i < clips; ++i) {
    for (std::size_t c = 0; c < clips; ++c) {
      const ClipView& clip = samples.clips().clips[c];
      bool same = true;
      for (std::size_t at = 0; at < 12; ++at) {
        for (std::size_t channel = 0; channel < 2; ++channel) {
          same = same && drawn.values[i * each + channel * 12 + at] == clip.features[at * 2 + channel];
        }
      }
      if (!same) continue;
      found.insert(c);
      EXPECT_EQ(drawn.targets[i * 3 + static_cast<std::size_t>(clip.label)], 1.0f);
    }
  }
  EXPECT_EQ(found.size(), clips);
}

TEST_F(FeatureSamplesTest, TheOrderDependsOnSeedAndEpochAlone) {
  const Drawn once = draw(samples, 0, 12);
  EXPECT_EQ(draw(samples, 0, 12, 4).values, once.values);
  EXPECT_NE(draw(samples, 1, 12).values, once.values);
  EXPECT_NE(draw(FeatureSamples(select_classes(data, "all"), 4), 0, 12).values, once.values);
}

TEST_F(FeatureSamplesTest, OtherClipsAreRefused) {
  test::write_tiny_images(dir / "images");
  const DataSet images(dir / "images");
  EXPECT_THAT([&] { FeatureSamples(select_classes(images, "all"), 1); },
              ThrowsMessage<UsageError>(HasSubstr("holds images; expected features")));
}

TEST(FeatureValues, PlanesAndBack) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  std::vector<float> planes(6), back(6);
  to_planes(values, {1, 3, 2}, planes);
  EXPECT_THAT(planes, testing::ElementsAre(1, 3, 5, 2, 4, 6));
  from_planes(planes, {1, 3, 2}, back);
  EXPECT_EQ(back, values);
}

}  // namespace
}  // namespace stapes
