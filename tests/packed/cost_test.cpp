// SPDX-License-Identifier: Apache-2.0
#include "packed/cost.h"

#include <gtest/gtest.h>

#include "packed/model_file.h"
#include "packed/writer.h"
#include "support/acdnet_models.h"

namespace stapes {
namespace {

Cost cost_of(const fb::ModelT& model) {
  const ModelFile file(serialize_model(model), "test model");
  return model_cost(file.model());
}

// Figures from arXiv:2103.03483 and arXiv:2108.06128.
TEST(Cost, OfAcdnetIsThePublishedOne) {
  const Cost cost = cost_of(test::acdnet_model("fp32", test::kAcdnetWidths, 50));
  EXPECT_NEAR(static_cast<double>(cost.macs) * 1e-6, 541.87, 0.005);
  EXPECT_NEAR(static_cast<double>(cost.paper_flops) * 1e-6, 544.42, 0.005);
  EXPECT_NEAR(static_cast<double>(cost.parameters()) * 1e-6, 4.74, 0.005);
  EXPECT_NEAR(cost.paper_bytes / 1048576, 18.06, 0.05);
}

TEST(Cost, OfMicroAcdnetIsThePublishedOne) {
  const Cost cost = cost_of(test::acdnet_model("fp32", test::kMicroWidths, 10));
  EXPECT_EQ(cost.macs, 14'284'214);
  EXPECT_EQ(cost.binary_macs, 0);
  EXPECT_NEAR(static_cast<double>(cost.paper_flops) * 1e-6, 14.82, 0.005);
  EXPECT_NEAR(static_cast<double>(cost_of(test::acdnet_model("fp32", test::kMicroWidths, 50)).parameters()) * 1e-6,
              0.131, 0.0005);
}

TEST(Cost, OfBinaryAcdnetIs57TimesLessComputeAnd31TimesFewerBytes) {
  const Cost full = cost_of(test::acdnet_model("fp32", test::kAcdnetWidths, 50));
  const Cost binary = cost_of(test::acdnet_model("xnor", test::kAcdnetWidths, 50));
  EXPECT_EQ(binary.macs, full.macs);
  EXPECT_NEAR(static_cast<double>(full.macs) / binary.word_macs(), 56.8, 0.05);
  EXPECT_EQ(full.word_macs(), static_cast<double>(full.macs));
  EXPECT_NEAR(full.paper_bytes / binary.paper_bytes, 31.4, 0.1);
}

// By hand from the shapes in tiny_models.h.
TEST(Cost, CountsEachLayerOfASmallModel) {
  const ModelFile file(serialize_model(test::tiny_fp32()), "tiny");
  const auto layer = [&](std::uint32_t i) { return layer_cost(file.model(), *file.model().layers()->Get(i)); };
  EXPECT_EQ(layer(0).macs, 96 * 3 * 9);
  EXPECT_EQ(layer(0).paper_flops, 96 * 3 * 9 + 96 * 3);
  EXPECT_EQ(layer(0).parameters_32bit, 3 * 9 + 2 * 3);
  EXPECT_EQ(layer(1).macs, 46 * 5 * 5 * 3);  // 46 positions; the pool uses 44
  EXPECT_EQ(layer(1).paper_flops, 46 * 5 * 5 * 3 + 46 * 5 + 11 * 5 * 4);
  EXPECT_EQ(layer(2).macs, 0);
  EXPECT_EQ(layer(2).parameters(), 0);
  EXPECT_EQ(layer(3).macs, 5 * 11 * 34 * 9);
  EXPECT_EQ(layer(5).macs, 0);
  EXPECT_EQ(layer(5).paper_flops, 4 * 10);
  EXPECT_EQ(layer(6).macs, 8);
  EXPECT_EQ(layer(6).paper_flops, 10);
  EXPECT_EQ(layer(6).parameters(), 10);
  EXPECT_EQ(layer(6).constants.weights, 32);
  EXPECT_EQ(layer(6).constants.biases, 8);
}

// conv2: 46 positions, 4 filters of 5 taps on 2 of 4 channels. Then depthwise on 4 x 11 x 34, then 17 of 34 channels.
TEST(Cost, CountsWhatAFilterOfAGroupSees) {
  for (const char* name : {"grouped_fp32", "grouped_int8", "grouped_xnor"}) {
    const ModelFile file(serialize_model(test::tiny_model(name)), name);
    const auto layer = [&](std::uint32_t i) { return layer_cost(file.model(), *file.model().layers()->Get(i)); };
    const bool binary = std::string(name) == "grouped_xnor";
    EXPECT_EQ(layer(1).macs, 46 * 4 * 5 * 2) << name;
    EXPECT_EQ(layer(4).macs, 4 * 11 * 34 * 9) << name;
    EXPECT_EQ(layer(5).macs, 10 * 4 * 17) << name;
    EXPECT_EQ(layer(4).binary_macs, binary ? layer(4).macs : 0) << name;
    EXPECT_EQ(layer(4).parameters(), 34 * 9 + 2 * 34) << name;
    EXPECT_EQ(layer(5).parameters(), 4 * 17 + 2 * (binary ? 34 : 4)) << name;
  }
}

TEST(Cost, NamesTheWidthOfTheWeightsOfALayer) {
  const ModelFile file(serialize_model(test::tiny_xnor()), "tiny");
  const auto bits = [&](std::uint32_t i) {
    return layer_cost(file.model(), *file.model().layers()->Get(i)).weight_bits();
  };
  EXPECT_EQ(bits(0), 16);
  EXPECT_EQ(bits(1), 1);
  EXPECT_EQ(bits(2), 0) << "a transpose has none";
}

TEST(Cost, BooksParametersByTheWidthTheyAreStoredIn) {
  const Cost binary = cost_of(test::tiny_xnor());
  EXPECT_EQ(binary.parameters_16bit, (27 + 6) + (8 + 2));  // conv1 with its batch norm, head
  EXPECT_EQ(binary.parameters_1bit, (75 + 2 * 3) + (34 * 9 + 2 * 1) + (34 * 4 + 2 * 34));
  EXPECT_EQ(binary.parameters_32bit + binary.parameters_8bit, 0);
  EXPECT_EQ(binary.binary_macs, 46 * 75 + 55 * 34 * 9 + 10 * 34 * 4);
  EXPECT_DOUBLE_EQ(binary.paper_bytes, 4.0 * 43 + static_cast<double>(binary.parameters_1bit) / 8);
  EXPECT_EQ(binary.constants.weights, 27 * 2 + 5 * 4 + 34 * 4 + 4 * 2 * 4 + 8 * 2);
  EXPECT_EQ(binary.constants.thresholds, (3 + 5 + 34) * (4 + 1));
  const Cost int8 = cost_of(test::tiny_int8());
  EXPECT_EQ(int8.parameters_8bit, int8.parameters());
  EXPECT_DOUBLE_EQ(int8.paper_bytes, static_cast<double>(int8.parameters()));
  EXPECT_EQ(int8.constants.rescaling, (3 + 5 + 34 + 4) * 8);
}

}  // namespace
}  // namespace stapes
