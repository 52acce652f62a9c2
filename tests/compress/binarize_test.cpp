// SPDX-License-Identifier: Apache-2.0
#include "compress/binarize.h"

#include <gtest/gtest.h>

namespace stapes {
namespace {

// Two input channels, one tap: the mean of 0.6 and 0.2 is 0.4, which leaves +0.2 and -0.2.
TEST(Binarize, CentersOverInputChannelsFirst) {
  const BinaryFilters filters = binarize_filters({{1, 2, 1, 1}, {0.6f, 0.2f}});
  EXPECT_EQ(filters.positive, (std::vector<bool>{true, false}));
  EXPECT_NEAR(filters.alpha[0], 0.2, 1e-7);
}

TEST(Binarize, OneChannelIsNotCenteredAndZeroIsNegative) {
  const BinaryFilters filters = binarize_filters({{1, 1, 1, 3}, {0.5f, 0.0f, 0.25f}});
  EXPECT_EQ(filters.positive, (std::vector<bool>{true, false, true}));
  EXPECT_NEAR(filters.alpha[0], 0.25, 1e-7);
}

TEST(Binarize, ClampsBeforeTheMean) {
  EXPECT_NEAR(binarize_filters({{1, 1, 1, 2}, {3.0f, -0.5f}}).alpha[0], 0.75, 1e-7);
}

TEST(Binarize, PutsChannelsInnermost) {
  // [out 1][in 2][kh 1][kw 2]: channel 0 = (+, -), channel 1 = (-, +).
  const BinaryFilters filters = binarize_filters({{1, 2, 1, 2}, {1, -1, -1, 1}});
  EXPECT_EQ(filters.positive, (std::vector<bool>{true, false, false, true}));
}

}  // namespace
}  // namespace stapes
