// SPDX-License-Identifier: Apache-2.0
#include "packed/sparse.h"

#include <gtest/gtest.h>

#include "packed/model_file.h"
#include "packed/writer.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

TEST(WeightStorage, ComparesTheFormsOfLayersThatCouldHaveBoth) {
  const ModelFile file(serialize_model(test::tiny_model("grouped_int8")), "grouped");
  const auto weights = [&](std::uint32_t i) {
    return weight_storage(file.model(), *file.model().layers()->Get(i)).weights;
  };
  EXPECT_EQ(weights(3), 34 * 9);
  EXPECT_EQ(weights(1), 0) << "sparse weights with groups";
  EXPECT_EQ(weights(4), 0) << "sparse weights of a depthwise convolution";
}

}  // namespace
}  // namespace stapes
