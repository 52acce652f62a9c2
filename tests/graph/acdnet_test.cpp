// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "graph/binary_form.h"
#include "graph/geometry.h"
#include "graph/graph_toml.h"
#include "graph/networks.h"
#include "support/random_network.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

NetworkSpec published(const char* model, int samples, int rate, int classes) {
  return named_network(model, classes, AudioInput{rate, samples});
}

// The table in arXiv:2103.03483 for 20 kHz.
TEST(NetworkGeometry, HasThePublishedShapes) {
  const NetworkGeometry g = network_geometry(published("acdnet", 30225, 20000, 50));
  EXPECT_EQ(g.convs[0].out_w, 15109);
  EXPECT_EQ(g.convs[1].out_w, 7553);
  EXPECT_EQ(g.convs[1].pool_w, 50);
  const int sizes[][3] = {{1, 64, 151}, {32, 32, 75}, {64, 16, 37}, {128, 8, 18}, {256, 4, 9}, {512, 2, 4}};
  const std::size_t first[] = {2, 3, 5, 7, 9, 11};
  for (std::size_t i = 0; i < 6; ++i) {
    const ConvGeometry& conv = g.convs[first[i]];
    EXPECT_EQ(conv.in_channels, sizes[i][0]);
    EXPECT_EQ(conv.in_h, sizes[i][1]);
    EXPECT_EQ(conv.in_w, sizes[i][2]);
  }
  EXPECT_EQ(g.average_h, 2);
  EXPECT_EQ(g.average_w, 4);
}

TEST(NetworkGeometry, WorksAtEveryPublishedRate) {
  EXPECT_EQ(network_geometry(published("acdnet", 66650, 44100, 50)).convs[1].pool_w, 110);
  EXPECT_EQ(network_geometry(published("acdnet", 51215, 16000, 28)).convs[1].pool_w, 40);
}

// At 16 kHz and 20480 samples, the front end's width is 127. The published formula yields 128.
TEST(NetworkGeometry, TakesTheWidthFromTheTensor) {
  EXPECT_EQ(network_geometry(published("acdnet", 20480, 16000, 10)).convs[2].in_w, 127);
}

TEST(NetworkGeometry, AWindowThatIsTooShortIsRefused) {
  EXPECT_THAT([] { network_geometry(published("acdnet", 100, 20000, 10)); }, ThrowsMessage<Error>(HasSubstr("conv2")));
  EXPECT_THAT([] { network_geometry(published("acdnet", -5, 20000, 10)); },
              ThrowsMessage<Error>(HasSubstr("a window of -5 samples is not supported")));
  EXPECT_THAT([] { network_geometry(published("acdnet", 30225, 0, 10)); },
              ThrowsMessage<Error>(HasSubstr("a sample rate of 0 Hz is not supported; expected at least 1")));
}

TEST(AcdnetWidths, ReadsNamesAndLists) {
  EXPECT_EQ(named_graph("acdnet", 10).widths.back(), 10);
  EXPECT_EQ(named_graph("micro-acdnet", 10).widths[0], 7);
  EXPECT_EQ(named_graph("widths:1,2,3,4,5,6,7,8,9,10,11,12", 5).widths[11], 12);
  for (const char* bad :
       {"widths:1,2", "widths:0,2,3,4,5,6,7,8,9,10,11,12", "widths:1,2,3,4,5,6,7,8,9,10,11,12,13",
        "widths:1,2,3,4,5,6,7,8,9,10,11,x", "widths:", "resnet", "widths:1,2,3,4,5,6,7,8,9,10,11,99999"}) {
    EXPECT_THROW((void)named_graph(bad, 10), UsageError) << bad;
  }
}

TEST(CheckTensors, NamesWhatIsWrong) {
  const TrainedNetwork good = test::RandomNetwork(test::small_spec()).take();
  EXPECT_NO_THROW(check_tensors(good));
  TrainedNetwork broken = good;
  broken.tensors.erase("conv7.weight");
  EXPECT_THAT([&] { check_tensors(broken); }, ThrowsMessage<Error>(HasSubstr("conv7.weight")));
  broken = good;
  broken.tensors["bn3.bias"].values[1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT([&] { check_tensors(broken); }, ThrowsMessage<Error>(HasSubstr("bn3.bias holds a NaN")));
  broken = good;
  broken.tensors["head.weight"].shape = {3, 12};
  EXPECT_THAT([&] { check_tensors(broken); }, ThrowsMessage<Error>(HasSubstr("expected 3x13")));
  broken = good;
  broken.tensors["bn1.running_var"].values[0] = -1;
  EXPECT_THAT([&] { check_tensors(broken); }, ThrowsMessage<Error>(HasSubstr("negative variance")));
  broken = good;
  broken.labels.pop_back();
  EXPECT_THAT([&] { check_tensors(broken); },
              ThrowsMessage<Error>(HasSubstr("number of labels, 2, differs from the number of classes, 3")));
}

TEST(BinaryForm, KnowsWhichLayersAreBits) {
  NetworkSpec spec = test::small_spec(true);
  const auto is_binary = [&](std::size_t conv) { return network_geometry(spec).convs[conv].binary; };
  const auto has_rprelu = [&](std::size_t conv) { return !network_geometry(spec).convs[conv].rprelu.empty(); };
  EXPECT_FALSE(is_binary(0));
  EXPECT_TRUE(is_binary(1));
  spec.form = {.keep_8_bit = {"conv2", "conv3", "conv12"}, .rprelu = true};
  EXPECT_NO_THROW(check_form(spec));
  EXPECT_FALSE(is_binary(2));
  EXPECT_TRUE(is_binary(3));
  EXPECT_TRUE(has_rprelu(9));
  EXPECT_FALSE(has_rprelu(10)) << "conv12 takes the sums of conv11, no signs";
  spec = test::small_spec(false);
  EXPECT_FALSE(is_binary(5));
}

TEST(BinaryForm, RefusesWhatCannotBe) {
  const auto refusal = [](bool binary, BinaryForm form) {
    NetworkSpec spec = test::small_spec(binary);
    spec.form = std::move(form);
    return [spec] { check_form(spec); };
  };
  const auto says = [](const char* text) { return ThrowsMessage<UsageError>(HasSubstr(text)); };
  EXPECT_THAT(refusal(true, {.keep_8_bit = {"conv1"}}),
              says("conv1: this layer is never binary: it reads the network's input"));
  EXPECT_THAT(refusal(true, {.keep_8_bit = {"conv13"}}), says("no node conv13; did you mean conv1"));
  EXPECT_THAT(refusal(true, {.keep_8_bit = {"conv4", "conv4"}}), says("names conv4 twice"));
  EXPECT_THAT(refusal(true, {.keep_8_bit = {"swap"}}), says("expected a convolution, but its op is transpose"));
  EXPECT_THAT(refusal(true, {.keep_8_bit = {"conv3"}}),
              says("8-bit layer conv3 reads conv2 through a transpose, so each row would have its own alpha, which the "
                   "weights of conv3 cannot absorb; keep both in 8 bits, or add --unscaled"));
  EXPECT_THAT(refusal(false, {.rprelu = true}), says("for binary networks"));
}

// After a transpose every row would have its own alpha.
TEST(BinaryForm, RowsNeedOneScale) {
  const auto problem = [](const std::string& rest) {
    NetworkSpec spec{.input = AudioInput{8000, 8000}, .class_count = 3};
    spec.graph = parse_graph(R"(name = "net"
input = "audio"
[[block]]
nodes = [
  { name = "a", op = "conv", kernel = [1, 9], stride = [1, 4], filters = 4 },
  { name = "b", op = "conv", kernel = [1, 5], filters = 4 },
)" + rest + R"(  { name = "pool", op = "global-pool" },
  { name = "head", op = "linear" },
]
)",
                             "net.toml", 3);
    spec.binary = true;
    spec.form.keep_8_bit = usual_keep_8_bit(spec.graph);
    return [spec] { check_form(spec); };
  };
  const auto says = [](const char* text) { return ThrowsMessage<UsageError>(HasSubstr(text)); };
  const std::string transpose =
      "  { name = \"m\", op = \"max-pool\", pool = [1, 8] },\n  { name = \"t\", op = \"transpose\" },\n";
  const std::string conv = ", kernel = 1, filters = 4";
  EXPECT_NO_THROW(problem(transpose + "  { name = \"c\", op = \"conv\"" + conv + " },\n")());
  EXPECT_THAT(problem(transpose + "  { name = \"c\", op = \"conv\"" + conv + ", precision = \"int8\" },\n"),
              says("8-bit layer c reads b through a transpose"));
  EXPECT_THAT(problem(transpose + "  { name = \"c\", op = \"conv\"" + conv + ", norm = false },\n"),
              says("8-bit layer c reads b through a transpose"));
  EXPECT_THAT(problem(transpose), says("pool reads b through a transpose"));
  EXPECT_THAT(problem(transpose + "  { name = \"c\", op = \"conv\"" + conv +
                      " },\n  { name = \"d\", op = \"conv\", input = \"t\"" + conv +
                      " },\n  { name = \"s\", op = \"add\", inputs = [\"c\", \"d\"] },\n"),
              says("several nodes read t"));
}

}  // namespace
}  // namespace stapes
