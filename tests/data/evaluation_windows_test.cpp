// SPDX-License-Identifier: Apache-2.0
#include "data/evaluation_windows.h"

#include <gtest/gtest.h>

#include <vector>

namespace stapes {
namespace {

std::vector<std::int16_t> counting(int samples) {  // 1, 2, 3, ...
  std::vector<std::int16_t> clip(static_cast<std::size_t>(samples));
  for (int i = 0; i < samples; ++i) clip[static_cast<std::size_t>(i)] = static_cast<std::int16_t>(i + 1);
  return clip;
}

// As in the published code: pad, then cut at multiples of the stride.
std::vector<std::int16_t> crops_by_definition(const std::vector<std::int16_t>& clip, std::size_t window) {
  std::vector<std::int16_t> padded(window / 2, 0);
  padded.insert(padded.end(), clip.begin(), clip.end());
  padded.insert(padded.end(), window / 2, 0);
  const std::size_t stride = (padded.size() - window) / 9;
  std::vector<std::int16_t> out;
  for (std::size_t i = 0; i < 10; ++i) {
    const auto first = padded.begin() + static_cast<std::ptrdiff_t>(stride * i);
    out.insert(out.end(), first, first + static_cast<std::ptrdiff_t>(window));
  }
  return out;
}

TEST(TenCrops, EqualTheDefinitionForShortAndLongClips) {
  for (const int samples : {1, 2, 5, 8, 9, 10, 100, 1001}) {
    for (const int window : {1, 2, 7, 8, 99}) {
      const auto clip = counting(samples);
      std::vector<std::int16_t> got(static_cast<std::size_t>(10 * window), 77);
      ten_crops(clip, window, got);
      EXPECT_EQ(got, crops_by_definition(clip, static_cast<std::size_t>(window))) << samples << " in " << window;
    }
  }
}

// A window inside the clip is not copied.
TEST(WindowAt, GivesEachCropAndCopiesOnlyWhatSticksOut) {
  for (const int samples : {1, 5, 9, 100, 1001}) {
    for (const int window : {1, 7, 8, 99}) {
      const auto clip = counting(samples);
      const auto want = crops_by_definition(clip, static_cast<std::size_t>(window));
      std::vector<std::int16_t> scratch(static_cast<std::size_t>(window)), got;
      for (int crop = 0; crop < kEvaluationCrops; ++crop) {
        const std::ptrdiff_t first = crop_start(clip.size(), window, crop);
        const auto seen = window_at(clip, first, scratch);
        const bool inside = first >= 0 && first + window <= samples;
        EXPECT_EQ(seen.data(), inside ? clip.data() + first : scratch.data()) << crop;
        got.insert(got.end(), seen.begin(), seen.end());
      }
      EXPECT_EQ(got, want) << samples << " in " << window;
    }
  }
}

std::vector<std::int16_t> centered(int samples, int window) {
  std::vector<std::int16_t> got(static_cast<std::size_t>(window), 77);
  single_window(counting(samples), window, got);
  return got;
}

TEST(SingleWindow, IsTheMiddleOfTheClip) {
  EXPECT_EQ(centered(9, 3), (std::vector<std::int16_t>{4, 5, 6}));
  EXPECT_EQ(centered(8, 3), (std::vector<std::int16_t>{3, 4, 5}));
  EXPECT_EQ(centered(3, 3), (std::vector<std::int16_t>{1, 2, 3}));
}

TEST(SingleWindow, AShortClipStandsBetweenZeros) {
  EXPECT_EQ(centered(1, 3), (std::vector<std::int16_t>{0, 1, 0}));
  EXPECT_EQ(centered(1, 4), (std::vector<std::int16_t>{0, 0, 1, 0}));
  EXPECT_EQ(centered(2, 5), (std::vector<std::int16_t>{0, 0, 1, 2, 0}));
}

}  // namespace
}  // namespace stapes
