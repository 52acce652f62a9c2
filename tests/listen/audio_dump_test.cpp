// SPDX-License-Identifier: Apache-2.0
#include "listen/audio_dump.h"

#include <gtest/gtest.h>

namespace stapes::test {
namespace {

TEST(AudioDump, NamesAreSafeAndSortByTime) {
  EXPECT_EQ(dump_name("", 62.34, "yes", 0.934f), "0000062.340-yes-0.93.wav");
  EXPECT_EQ(dump_name("a.wav", 36000, "dog/bark \x1b[2J", 1), "a.wav-0036000.000-dog_bark___2J-1.00.wav");
  EXPECT_LT(dump_name("", 9.5, "z", 1), dump_name("", 10, "a", 0));
  EXPECT_LT(dump_name("", 1, std::string(500, 'x'), 1).size(), 120u);
}

}  // namespace
}  // namespace stapes::test
