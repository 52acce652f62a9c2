// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "graph/binary_form.h"
#include "graph/geometry.h"
#include "graph/networks.h"
#include "support/random_network.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

NetworkSpec resnet18(int classes, ImageSize image = {32, 32, 3}) { return named_network("resnet18", classes, image); }

const ConvGeometry& conv_called(const NetworkGeometry& geometry, const std::string& name) {
  for (const ConvGeometry& conv : geometry.convs) {
    if (conv.name == name) return conv;
  }
  throw Error("no {}", name);
}

// Counted by hand: an image of 32 x 32 is 18 x 18 after the stem; the stages are 18, 9, 5 and 3 wide and high.
//   stem        18*18 *  64 *   3*9                                       =    559,872
//   stage 1     18*18 * 4 * 64 * 64*9                                     = 47,775,744
//   stage 2      9*9  * (128 * 64*9 + 3 * 128 * 128*9 + 128 * 64)         = 42,467,328
//   stage 3      5*5  * (256 * 128*9 + 3 * 256 * 256*9 + 256 * 128)       = 52,428,800
//   stage 4      3*3  * (512 * 256*9 + 3 * 512 * 512*9 + 512 * 256)       = 75,497,472
TEST(Resnet18, MultiplyAddsAreThoseCountedByHand) {
  std::int64_t sum = 0;
  for (const ConvGeometry& conv : network_geometry(resnet18(10)).convs) sum += conv.multiply_adds();
  EXPECT_EQ(sum, 559'872 + 47'775'744 + 42'467'328 + 52'428'800 + 75'497'472);
}

// Convolutions 1,728 + 147,456 + (73,728 + 3*147,456 + 8,192) + (294,912 + 3*589,824 + 32,768) + (1,179,648 +
// 3*2,359,296 + 131,072); two batch-norm parameters per filter, 4,800 filters; a head from 512 to 10.
TEST(Resnet18, ParametersAreThoseCountedByHand) {
  std::int64_t weights = 0, filters = 0;
  for (const ConvGeometry& conv : network_geometry(resnet18(10)).convs) {
    weights += std::int64_t{conv.out_channels} * conv.in_channels * conv.kernel_h * conv.kernel_w;
    filters += conv.out_channels;
  }
  EXPECT_EQ(weights, 1'728 + 147'456 + 524'288 + 2'097'152 + 8'388'608);
  EXPECT_EQ(filters, 4'800);
  EXPECT_EQ(weights + 2 * filters + 512 * 10 + 10,
            11'173'962);  // published for ResNet-18 with a 3 x 3 stem
}

TEST(Resnet18, ShapesFollowTheBlocks) {
  const NetworkGeometry geometry = network_geometry(resnet18(10));
  EXPECT_EQ(geometry.convs.size(), 1u + 16 + 3);
  const ConvGeometry &stem = conv_called(geometry, "stem"), &projection = conv_called(geometry, "block3projection");
  EXPECT_EQ(stem.out_h, 18);
  EXPECT_EQ(projection.kernel_h, 1);
  EXPECT_EQ(projection.stride_h, 2);
  EXPECT_EQ(projection.out_h, 9);
  EXPECT_FALSE(projection.relu);
  EXPECT_TRUE(conv_called(geometry, "block3conv1").relu);
  EXPECT_FALSE(conv_called(geometry, "block3conv2").relu);
  EXPECT_EQ(geometry.average_h, 3);
  EXPECT_EQ(geometry.head_inputs, 512);
}

TEST(Resnet18, BlocksAreBinaryAndTheStemIsNot) {
  NetworkSpec spec = resnet18(10);
  spec.binary = true;
  const NetworkGeometry geometry = network_geometry(spec);
  EXPECT_FALSE(conv_called(geometry, "stem").binary);
  EXPECT_FALSE(conv_called(geometry, "stem").scale_kept_positive);
  EXPECT_TRUE(conv_called(geometry, "block1conv1").binary);
  EXPECT_EQ(conv_called(geometry, "block3projection").norm_channels(), 64) << "the batch norm is on its input";
}

// All branches into the additions of a stage share one width.
TEST(Resnet18, AStreamIsOneWidth) {
  const NetworkGeometry geometry = network_geometry(test::small_resnet_spec());
  const auto width_of = [&](const char* name) { return conv_called(geometry, name).out_width; };
  EXPECT_EQ(width_of("stem"), width_of("block1conv2"));
  EXPECT_EQ(width_of("stem"), width_of("block2conv2"));
  EXPECT_EQ(width_of("block3projection"), width_of("block3conv2"));
  EXPECT_EQ(width_of("block3projection"), width_of("block4conv2"));
  EXPECT_NE(width_of("block3conv1"), width_of("block4conv1"));
  EXPECT_EQ(geometry.head_width, width_of("block8conv2"));
}

TEST(Resnet18, ANetworkTooDeepForItsImagesIsRefused) {
  EXPECT_NO_THROW(network_geometry(resnet18(10, {8, 8, 1})));
  EXPECT_THAT(
      [] {
        network_geometry(resnet18(10, {4, 4, 3}));
      },
      ThrowsMessage<Error>(HasSubstr("too deep for images of 4 x 4")));
  EXPECT_THAT([] { network_geometry(resnet18(10, {4, 32, 3})); }, ThrowsMessage<Error>(HasSubstr("block7")));
}

TEST(Resnet18, FormsOfAcdnetAreRefused) {
  NetworkSpec spec = resnet18(10);
  spec.binary = true;
  spec.form.keep_8_bit = {"block2conv1"};
  EXPECT_THAT([&] { check_form(spec); }, ThrowsMessage<UsageError>(HasSubstr("reads the addition block1add")));
  spec.form = {.shortcuts = true};
  EXPECT_THAT([&] { check_form(spec); }, ThrowsMessage<UsageError>(HasSubstr("already has shortcuts")));
}

TEST(ModelName, FindsWhatItNames) {
  const std::vector<int> widths = named_graph("resnet18:16,32,64,128", 10).widths;
  EXPECT_EQ(widths, (std::vector<int>{16, 16, 16, 32, 32, 32, 64, 64, 64, 128, 128, 128}));
  const Graph again = named_graph(name_with_widths("resnet18", named_graph("resnet18:16,32,64,128", 10)), 10);
  EXPECT_EQ(again.widths, widths);
  EXPECT_EQ(name_with_widths("micro-acdnet", named_graph("nano-acdnet", 10)),
            "widths:7,19,10,8,18,25,29,31,31,43,49,42");
  for (const char* wrong :
       {"resnet18:", "resnet18:16,32", "resnet18:16,32,64,0", "resnet18:16,32,64,128,", "resnet50"}) {
    EXPECT_THROW(named_graph(wrong, 10), UsageError) << wrong;
  }
}

TEST(ModelName, ANetworkForTheOtherKindOfDataIsRefused) {
  EXPECT_THAT(
      [] {
        named_network("micro-acdnet", 10, ImageSize{32, 32, 3});
      },
      ThrowsMessage<UsageError>(HasSubstr("the data set has images")));
  EXPECT_THAT([] { named_network("resnet18", 10, AudioInput{}); },
              ThrowsMessage<UsageError>(HasSubstr("the data set has audio")));
}

TEST(ResnetTensors, AreCheckedByTheirOwnNames) {
  TrainedNetwork network = test::RandomNetwork(test::small_resnet_spec()).take();
  EXPECT_NO_THROW(check_tensors(network));
  network.tensors.erase("block5projection.weight");
  EXPECT_THAT([&] { check_tensors(network); }, ThrowsMessage<Error>(HasSubstr("block5projection.weight")));
}

}  // namespace
}  // namespace stapes
