// SPDX-License-Identifier: Apache-2.0
#include "import/onnx/onnx_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "compress/pack.h"
#include "compress/quantize.h"
#include "import/layers/int8_layers.h"
#include "import/onnx/onnx_factors.h"
#include "import/onnx/onnx_network.h"
#include "import/onnx/onnx_packed.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "support/random_network.h"
#include "support/tiny_models.h"

namespace stapes::onnx_export {
namespace {

using testing::HasSubstr;

// All features that both formats have.
NetworkSpec spec() {
  return test::spec_of_nodes(FeatureSize{13, 10, 2}, R"(
    { name = "conv1", op = "conv", kernel = [3, 4], stride = [2, 1], pad = "same", filters = 6 },
    { name = "deep", op = "conv", kernel = 3, pad = 1, groups = "depthwise", activation = "relu6" },
    { name = "point", op = "conv", kernel = 1, filters = 6, norm = false, activation = "none" },
    { name = "sum", op = "add", inputs = ["conv1", "point"] },
    { name = "max", op = "max-pool", pool = 3, stride = 2, pad = 1 },
    { name = "conv2", op = "conv", kernel = 2, groups = 2, filters = 8, pool = [1, 2] },
    { name = "mean", op = "average-pool", pool = [3, 2] },
    { name = "hidden", op = "linear", filters = 5 },)");
}

std::vector<float> window(std::uint32_t number, std::size_t values) {
  Philox random(17, Philox::Purpose::kTest, number);
  std::vector<float> result(values);
  for (float& value : result) value = static_cast<float>(2 * random.normal());
  return result;
}

fb::ModelT quantized(const fb::ModelT& fp32) {
  return quantize_on_features(fp32, [&](const std::function<void(std::span<const float>)>& use) {
    for (std::uint32_t i = 0; i < 10; ++i) use(window(i, static_cast<std::size_t>(fp32.window_samples)));
  });
}

OnnxImport again(const fb::ModelT& model) {
  const auto file = packed_in_memory(model, "exported");
  const std::string bytes = export_onnx(file->model());
  return import_onnx(read_onnx(std::as_bytes(std::span(bytes)), "again.onnx", {}));
}

void expect_same_scores(const fb::ModelT& a, fb::ModelT b) {
  b.labels = a.labels;
  HostClassifier first(packed_in_memory(a, "first")), second(packed_in_memory(b, "second"));
  for (std::uint32_t i = 100; i < 120; ++i) {
    const std::vector<float> values = window(i, static_cast<std::size_t>(a.window_samples));
    EXPECT_EQ(first.run(values), second.run(values)) << i;
  }
}

TEST(OnnxExport, AFloatModelComesBackWithTheSameBits) {
  const fb::ModelT model = pack_network(test::RandomNetwork(spec()).take());
  const OnnxImport imported = again(model);
  EXPECT_FALSE(imported.is_quantized());
  const fb::ModelT back = pack_network(network_of(imported, {}).network);
  EXPECT_EQ(back.layers.size(), model.layers.size());
  expect_same_scores(model, back);
}

TEST(OnnxExport, AnInt8ModelComesBackWithTheSameBits) {
  const fb::ModelT model = quantized(pack_network(test::RandomNetwork(spec()).take()));
  const OnnxImport imported = again(model);
  EXPECT_TRUE(imported.is_quantized());
  const fb::ModelT back = packed_model_of(imported);
  expect_same_scores(model, back);
  // Not only the scores, but also the factors and the bias are the same.
  const auto *conv = model.layers.front()->op.AsConvI8(), *again = back.layers.front()->op.AsConvI8();
  EXPECT_EQ(again->multiplier, conv->multiplier);
  EXPECT_EQ(again->shift, conv->shift);
  EXPECT_EQ(again->bias, conv->bias);
}

// Only imported models have overlapping windows that reach into the padding, or a mean with its own scale.
fb::ModelT imported_pools() {
  fb::ModelT model = test::tiny_pools(/*int8=*/true);
  // Without the wave input and the reshape after it.
  model.tensors.erase(model.tensors.begin());
  model.layers.erase(model.layers.begin());
  for (const auto& layer : model.layers) {
    --layer->output;
    --layer->inputs.front();
  }
  model.features = true;
  model.sample_rate_hz = 0;
  const auto scale = [&](std::size_t tensor) { return double{model.tensors[tensor]->scale}; };
  model.layers[1]->op.Set(mean_of_scales(scale(1), scale(2), 10, 5));
  model.layers[2]->op.Set(softmax_of_scale(scale(2)));
  return model;
}

TEST(OnnxExport, PoolsOfImportedModelsComeBackWithTheSameBits) {
  const fb::ModelT model = imported_pools(), back = packed_model_of(again(model));
  ASSERT_EQ(back.layers.size(), 3u);
  EXPECT_NE(back.layers[0]->op.AsAveragePool()->window, nullptr);
  EXPECT_NE(back.layers[1]->op.AsMean(), nullptr);
  expect_same_scores(model, back);
}

TEST(OnnxExport, FactorsThatTheScalesDoNotGiveAreNamed) {
  fb::ModelT model = imported_pools();
  model.layers[1]->op.AsMean()->multiplier += 1;
  EXPECT_THAT([&] { again(model); },
              testing::ThrowsMessage<Error>(HasSubstr("2_mean: the multipliers do not match the scales")));
  model = imported_pools();
  model.layers[2]->op.AsSoftmax()->multiplier += 1;
  EXPECT_THAT([&] { again(model); }, testing::ThrowsMessage<Error>(HasSubstr("layer 3_softmax: the multipliers")));
}

TEST(OnnxExport, WithoutTheFactorsTheScalesDecide) {
  OnnxImport imported = again(quantized(pack_network(test::RandomNetwork(spec()).take())));
  EXPECT_FALSE(imported.metadata.empty());
  const auto first = [](const fb::ModelT& model) { return model.layers.front()->op.AsConvI8()->multiplier; };
  const std::vector<std::int32_t> exact = first(packed_model_of(imported));
  imported.metadata.begin()->second = "1073741824:0";  // wrong number of factors
  for (auto& [key, text] : imported.metadata) text = "damaged";
  const std::vector<std::int32_t> near = first(packed_model_of(imported));
  ASSERT_EQ(near.size(), exact.size());
  EXPECT_NE(near, exact);
  // Three roundings to 24 bits.
  for (std::size_t i = 0; i < near.size(); ++i) EXPECT_NEAR(near[i], exact[i], std::ldexp(1.0, 31) * 3e-7);
}

TEST(OnnxExport, LayersWithoutAFormAreNamed) {
  const auto file = packed_in_memory(pack_network(test::RandomNetwork(test::small_spec(true)).take()), "binary");
  try {
    export_onnx(file->model());
    ADD_FAILURE() << "a binary model was exported";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no ONNX equivalent"));
    EXPECT_THAT(error.what(), HasSubstr("stapes quantize --input-bits 8"));
  }
}

TEST(OnnxExport, RefusesLayersThatRoundOnce) {
  const auto file = packed_in_memory(test::tiny_rounded_once(), "rounded once");
  EXPECT_THAT([&] { export_onnx(file->model()); }, testing::ThrowsMessage<Error>(HasSubstr("no ONNX equivalent")));
}

TEST(OnnxFactors, AreReadBackAndCheckedAgainstTheScales) {
  const std::vector<FixedPointFactor> factors = {{1 << 30, -3}, {2147483647, 5}, {0, 0}};
  const auto read = parse_factors(factors_text(factors));
  ASSERT_TRUE(read);
  for (std::size_t i = 0; i < factors.size(); ++i) {
    EXPECT_EQ((*read)[i].multiplier, factors[i].multiplier);
    EXPECT_EQ((*read)[i].shift, factors[i].shift);
  }
  for (const char* damaged : {"", "1", "1:", "1:2,", "1:2;3:4", "x:1", "99999999999:1"}) {
    EXPECT_FALSE(parse_factors(damaged)) << damaged;
  }
  EXPECT_TRUE(refines({1 << 30, -3}, std::ldexp(1.0, -4) * (1 + 1e-7)));
  EXPECT_FALSE(refines({1 << 30, -3}, std::ldexp(1.0, -4) * 1.0001));
  EXPECT_FALSE(refines({1 << 29, -2}, std::ldexp(1.0, -4)));
  EXPECT_FALSE(refines({1 << 30, 31}, std::ldexp(1.0, 30)));
}

}  // namespace
}  // namespace stapes::onnx_export
