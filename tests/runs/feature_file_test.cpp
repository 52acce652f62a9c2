// SPDX-License-Identifier: Apache-2.0
#include "runs/quantize/feature_file.h"

#include <gmock/gmock.h>

#include <limits>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {
using ::testing::ElementsAre;

class FeatureFileTest : public ::testing::Test {
 protected:
  FeatureFile read(const std::vector<float>& values) {
    const std::filesystem::path path = dir_.path() / "features.f32";
    write_file(path, std::as_bytes(std::span(values)), Existing::kReplace);
    return FeatureFile(path, 2);
  }

 private:
  TempDir dir_;
};

TEST_F(FeatureFileTest, GivesTheWindowsAskedFor) {
  const FeatureFile file = read({1, 2, 3, 4, 5, 6});
  EXPECT_EQ(file.count(), 3u);
  std::vector<float> seen;
  std::vector<std::size_t> used;
  file.windows(1, 2, [&](std::size_t done) { used.push_back(done); })(
      [&](std::span<const float> window) { seen.insert(seen.end(), window.begin(), window.end()); });
  EXPECT_THAT(seen, ElementsAre(3, 4, 5, 6));
  EXPECT_THAT(used, ElementsAre(1, 2));
}

TEST_F(FeatureFileTest, RefusesWhatCannotCalibrate) {
  EXPECT_THROW(read({}), Error);
  EXPECT_THROW(read({1, 2}), Error) << "none left to compare on";
  EXPECT_THROW(read({1, 2, 3, 4, 5}), Error) << "half a window";
  EXPECT_THROW(read({1, 2, 3, std::numeric_limits<float>::quiet_NaN()}), Error);
  EXPECT_THROW(read({1, 2, 3, std::numeric_limits<float>::infinity()}), Error);
}

}  // namespace
}  // namespace stapes::test
