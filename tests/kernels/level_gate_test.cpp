// SPDX-License-Identifier: Apache-2.0
#include "kernels/detector/level_gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace stapes {
namespace {

using Pcm = std::vector<std::int16_t>;
using Energies = std::vector<std::uint64_t>;

// The gate's levels in memory of exactly the size the windows need.
class TestedLevels {
 public:
  TestedLevels(int window_samples, int hop_samples)
      : window_samples_(window_samples),
        hop_samples_(hop_samples),
        starts_(static_cast<std::size_t>(open_windows(window_samples, hop_samples)), 0xDDDD) {
    begin_levels(memory());
  }

  // The energy at the end of each window. Blocks have at most `block` samples and end where windows end.
  Energies windows(const Pcm& pcm, std::size_t block) {
    Energies energies;
    std::size_t end = static_cast<std::size_t>(window_samples_);
    for (std::size_t at = 0; at < pcm.size();) {
      const std::size_t count = std::min({block, end - at, pcm.size() - at});
      add_levels(memory(), count, [&](std::size_t i) { return pcm[at + i]; });
      at += count;
      if (at < end) continue;
      energies.push_back(window_energy(memory()));
      end += static_cast<std::size_t>(hop_samples_);
    }
    return energies;
  }
  LevelMemory memory() { return {window_samples_, hop_samples_, starts_.data(), {sum_, to_start_, next_}}; }

 private:
  int window_samples_, hop_samples_;
  std::vector<std::uint64_t> starts_;
  std::uint64_t sum_ = 7;
  std::int32_t to_start_ = 7, next_ = 7;
};

TEST(LevelGate, SumsTheSquaresOfEachWindow) {
  const Pcm pcm = {1, -2, 3, 0, 5, -6, 0, 0, 0, 10};
  // 1 + 4 + 9 + 0, 9 + 0 + 25 + 36, 25 + 36 + 0 + 0, 0 + 0 + 0 + 100
  for (const std::size_t block : {1, 2, 3, 100}) {
    EXPECT_EQ(TestedLevels(4, 2).windows(pcm, block), (Energies{14, 70, 61, 100})) << block;
  }
}

TEST(LevelGate, HopsNeedNotDivideTheWindow) {
  const Pcm pcm = {1, -2, 3, 0, 5, -6, 0, 0, 0, 10};
  // Windows at 0, 3 and 6: 1 + 4 + 9 + 0, 0 + 25 + 36 + 0, 0 + 0 + 0 + 100
  EXPECT_EQ(TestedLevels(4, 3).windows(pcm, 1), (Energies{14, 61, 100}));
  EXPECT_EQ(TestedLevels(4, 3).windows(pcm, 100), (Energies{14, 61, 100}));
  EXPECT_EQ(open_windows(4, 3), 2);
  EXPECT_EQ(open_windows(4, 2), 2);
  EXPECT_EQ(open_windows(4, 1), 4);
}

TEST(LevelGate, AHopLongerThanTheWindowLeavesOutTheSoundBetween) {
  const Pcm pcm = {1, 2, 100, 3, 4, 100, 5, 6};
  EXPECT_EQ(TestedLevels(2, 3).windows(pcm, 1), (Energies{5, 25, 61}));
  EXPECT_EQ(TestedLevels(2, 3).windows(pcm, 100), (Energies{5, 25, 61}));
}

TEST(LevelGate, TheSumMayOverflow) {
  TestedLevels levels(2, 1);
  levels.memory().at.sum = ~std::uint64_t{0} - 3;
  EXPECT_EQ(levels.windows({2, 3, 4, -32768}, 1), (Energies{13, 25, 16 + (std::uint64_t{1} << 30)}));
}

// A mean square of 2 steps is 2 / 2^30 = 8 / 2^32 of full scale.
TEST(LevelGate, ComparesTheMeanSquare) {
  EXPECT_TRUE(level_reaches(8, 4, 8));
  EXPECT_FALSE(level_reaches(7, 4, 8));
  EXPECT_FALSE(level_reaches(8, 4, 9));
  EXPECT_TRUE(level_reaches(0, 4, 0)) << "no gate";
  EXPECT_FALSE(level_reaches(0, 4, 1)) << "silence";
  const std::int32_t longest = 0x7FFFFFFF;
  const std::uint64_t full = (std::uint64_t{1} << 30) * static_cast<std::uint64_t>(longest);
  EXPECT_TRUE(level_reaches(full, longest, 0xFFFFFFFF));
  EXPECT_FALSE(level_reaches(full - longest, longest, 0xFFFFFFFF));
}

}  // namespace
}  // namespace stapes
