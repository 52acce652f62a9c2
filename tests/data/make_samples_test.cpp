// SPDX-License-Identifier: Apache-2.0
#include "data/make_samples.h"

#include <gtest/gtest.h>

#include "data/features/feature_samples.h"
#include "data/images/image_samples.h"
#include "data/selection.h"
#include "data/tiny_data_set.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

TEST(MakeSamples, OfSoundAreTheMixesThatTheSpecAsksFor) {
  const test::TempDir dir;
  test::write_tiny_data_set(dir / "sound");
  const DataSet data(dir / "sound");
  const auto made = make_samples(select_classes(data, "all"), {.window_samples = 200, .max_gain_db = 3}, 5);
  const auto* sound = dynamic_cast<const TrainingSamples*>(made.get());
  ASSERT_NE(sound, nullptr);
  EXPECT_EQ(made->values_per_sample(), 200u);
  EXPECT_EQ(sound->spec().max_gain_db, 3);
}

TEST(MakeSamples, OfImagesAreThoseOfTheirOwnSizeWhateverTheWindow) {
  const test::TempDir dir;
  test::write_tiny_images(dir / "images", {.image = {9, 7, 3}});
  const DataSet data(dir / "images");
  const auto made = make_samples(select_classes(data, "all"), {.window_samples = 200}, 5);
  const auto* images = dynamic_cast<const ImageSamples*>(made.get());
  ASSERT_NE(images, nullptr);
  EXPECT_EQ(made->values_per_sample(), 9u * 7 * 3);
  EXPECT_EQ(images->spec().pad, ImageAugmentSpec{}.pad);
}

TEST(MakeSamples, OfFeaturesAreTheFeatures) {
  const test::TempDir dir;
  test::write_tiny_features(dir / "features", {.size = {9, 7, 3}});
  const DataSet data(dir / "features");
  const auto made = make_samples(select_classes(data, "all"), {.window_samples = 200}, 5);
  EXPECT_NE(dynamic_cast<const FeatureSamples*>(made.get()), nullptr);
  EXPECT_EQ(made->values_per_sample(), 9u * 7 * 3);
}

}  // namespace
}  // namespace stapes
