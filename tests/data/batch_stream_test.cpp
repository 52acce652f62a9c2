// SPDX-License-Identifier: Apache-2.0
#include "data/batch_stream.h"

#include <gtest/gtest.h>

#include "data/images/image_samples.h"
#include "data/selection.h"
#include "data/tiny_data_set.h"
#include "data/training_samples.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

class BatchStreamTest : public testing::Test {
 protected:
  BatchStreamTest() { test::write_tiny_data_set(dir / "a.data", {.clips = 90}); }

  test::TempDir dir;
  DataSet data{(test::write_tiny_data_set(dir / "a.data", {.clips = 90}), dir / "a.data")};
  TrainingSamples samples{select_classes(data, "all"), {.window_samples = 300}, 1};
};

TEST_F(BatchStreamTest, GivesTheBatchesOfTheEpochInOrderForAnyNumberOfThreads) {
  for (const int threads : {1, 2, 7}) {
    BatchStream stream(samples, 3, 8, threads);
    Batch batch;
    for (std::size_t index = 0; index < 11; ++index) {
      ASSERT_TRUE(stream.next(batch)) << index;
      ASSERT_EQ(batch.count, 8);
      std::vector<float> waves(8 * 300), targets(8 * 3);
      samples.fill(3, index * 8, 8, waves, targets, 1);
      EXPECT_EQ(batch.values, waves) << threads << " threads, batch " << index;
      EXPECT_EQ(batch.targets, targets);
    }
    EXPECT_FALSE(stream.next(batch));
    EXPECT_FALSE(stream.next(batch));
  }
}

TEST_F(BatchStreamTest, ImagesComeTheSameWay) {
  test::write_tiny_images(dir / "b.data", {.clips = 20, .image = {8, 6, 3}});
  const DataSet pictures(dir / "b.data");
  const ImageSamples from(select_classes(pictures, "all"), {}, 1);
  BatchStream stream(from, 2, 8, 2);
  Batch batch;
  for (std::size_t index = 0; index < 2; ++index) {
    ASSERT_TRUE(stream.next(batch));
    std::vector<float> planes(8 * 8 * 6 * 3), targets(8 * 3);
    from.fill(2, index * 8, 8, planes, targets, 1);
    EXPECT_EQ(batch.values, planes);
    EXPECT_EQ(batch.targets, targets);
  }
  EXPECT_FALSE(stream.next(batch));
}

TEST_F(BatchStreamTest, CanBeDestroyedAtAnyMoment) {
  for (int taken = 0; taken < 11; ++taken) {
    BatchStream stream(samples, 0, 8, 3);
    Batch batch;
    for (int i = 0; i < taken; ++i) stream.next(batch);
  }
}

TEST_F(BatchStreamTest, CallersMayKeepEveryBatch) {
  BatchStream stream(samples, 0, 8, 2);
  std::vector<Batch> kept(11);
  for (Batch& batch : kept) ASSERT_TRUE(stream.next(batch));
  for (std::size_t index = 0; index < kept.size(); ++index) {
    std::vector<float> waves(8 * 300), targets(8 * 3);
    samples.fill(0, index * 8, 8, waves, targets, 1);
    EXPECT_EQ(kept[index].values, waves) << index;
  }
}

}  // namespace
}  // namespace stapes
