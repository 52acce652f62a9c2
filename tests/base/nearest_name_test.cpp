// SPDX-License-Identifier: Apache-2.0
#include "base/nearest_name.h"

#include <gtest/gtest.h>

#include <vector>

namespace stapes {
namespace {

TEST(EditDistance, CountsInsertionsRemovalsAndReplacements) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("epochs", "epochs"), 0);
  EXPECT_EQ(edit_distance("epoch", "epochs"), 1);
  EXPECT_EQ(edit_distance("epochs", ""), 6);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("sitting", "kitten"), 3);
}

TEST(NearestName, IsTheOneWithTheLeastToChange) {
  const std::vector<std::string> names = {"classes", "folds", "seeds"};
  EXPECT_EQ(nearest_name("clases", names), "classes");
  EXPECT_EQ(nearest_name("seed", names), "seeds");
  EXPECT_EQ(nearest_name("x", {}), "");
}

}  // namespace
}  // namespace stapes
