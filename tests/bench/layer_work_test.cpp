// SPDX-License-Identifier: Apache-2.0
#include "bench/layer_work.h"

#include <gtest/gtest.h>

#include "packed/cost.h"
#include "packed/writer.h"
#include "runtime/host_model.h"
#include "support/acdnet_models.h"

namespace stapes {
namespace {

std::vector<LayerWork> work_of(const char* route) {
  const fb::ModelT model = test::acdnet_model(route, test::kMicroWidths, 50);
  const HostModel host(std::make_shared<const ModelFile>(serialize_model(model), "test"), Isa::kScalar);
  return layer_work(host.file().model(), host.prepared());
}

// Micro-ACDNet's conv3: 20 x 151 x 1 -> 10 filters of 3 x 3, pad 1, pool 2 x 2, so 20 x 150 positions. The padding
// covers a row of taps in the first and last row, and a column of taps in the first column. The 150th column has all
// its taps, since the input has 151.
TEST(LayerWork, CountsTheTapsInsideTheInput) {
  const std::vector<LayerWork> work = work_of("int8");
  EXPECT_EQ(work[3].name, "conv3");
  EXPECT_EQ(work[3].macs, (20 * 3 - 2) * (150 * 3 - 1) * 10);
}

// Depthwise 3 x 3, pad 1, pool 2 x 2 on 4 x 11 positions. The pool uses 10 columns; the last has all its taps.
TEST(LayerWork, CountsTheChannelsOfAGroup) {
  const HostModel host(std::make_shared<const ModelFile>(serialize_model(test::tiny_model("grouped_int8")), "test"));
  const std::vector<LayerWork> work = layer_work(host.file().model(), host.prepared());
  EXPECT_EQ(work[4].name, "conv3d");
  EXPECT_EQ(work[4].macs, (4 * 3 - 2) * (10 * 3 - 1) * 34);
  EXPECT_EQ(work[5].macs, 2 * 5 * 4 * 17);
}

TEST(LayerWork, CountsEveryByteOnceButTheColumnBetweenTheFirstTwoLayers) {
  const std::vector<LayerWork> work = work_of("int8");
  // int8 weights; int32 bias, multiplier and shift for each filter; 16-bit PCM; conv1's output stays in the cache
  EXPECT_EQ(work[0].bytes, 7 * 9 + 7 * 12 + 30225 * 2);
  EXPECT_EQ(work[1].bytes, 20 * 5 * 7 + 20 * 12 + 151 * 20);
  EXPECT_EQ(work[3].bytes, 10 * 9 + 10 * 12 + 20 * 151 + 10 * 75 * 10);
}

TEST(LayerWork, LeavesOutWhatAnyFrontEndHandsOn) {
  const auto work_of_tiny = [](const char* name) {
    const HostModel host(std::make_shared<const ModelFile>(serialize_model(test::tiny_model(name)), name),
                         Isa::kScalar);
    return layer_work(host.file().model(), host.prepared());
  };
  const std::vector<LayerWork> one = work_of_tiny("waves1_int8"), three = work_of_tiny("waves3_int8");
  EXPECT_EQ(one[0].bytes, 5 * 13 + 5 * 12 + 200 * 2 + 10 * 5);
  EXPECT_EQ(three[0].bytes, 3 * 7 + 3 * 12 + 200 * 2);
  EXPECT_EQ(three[1].bytes, 4 * 3 * 3 + 4 * 12);
  EXPECT_EQ(three[2].bytes, 5 * 2 * 4 + 5 * 12 + 10 * 5);
}

TEST(LayerWork, KnowsWhatIsMultiplied) {
  const auto units = [](const char* route) {
    const std::vector<LayerWork> work = work_of(route);
    return std::array{work[0].unit, work[1].unit, work[14].unit};  // conv1, conv2, head
  };
  EXPECT_EQ(units("fp32"), (std::array{Unit::kF32, Unit::kF32, Unit::kF32}));
  EXPECT_EQ(units("int8"), (std::array{Unit::kI16, Unit::kI8, Unit::kI8}));
  EXPECT_EQ(units("xnor"), (std::array{Unit::kI16, Unit::kBits, Unit::kI16}));
}

}  // namespace
}  // namespace stapes
