// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "compress/layer_error.h"
#include "compress/quantize.h"
#include "compress/sparse_weights.h"
#include "kernels/add/add.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "support/calibration_windows.h"
#include "support/tiny_residual_models.h"

namespace stapes {
namespace {

using test::noise;
using testing::HasSubstr;
using testing::ThrowsMessage;

fb::LayerT& layer_of(const fb::ModelT& model, const std::string& name) {
  return **std::ranges::find(model.layers, name, [](const auto& layer) { return layer->name; });
}
fb::DType output_of(const fb::ModelT& model, const std::string& name) {
  return model.tensors[static_cast<std::size_t>(layer_of(model, name).output)]->dtype;
}
std::vector<LayerError> errors_of(const fb::ModelT& fp32, const fb::ModelT& int8) {
  return layer_errors(fp32, int8, noise(20, fp32.window_samples, 100));
}
const LayerError& error_of(const std::vector<LayerError>& errors, const std::string& name) {
  return *std::ranges::find(errors, name, [](const auto& error) { return error.layer; });
}
std::vector<float> scores_of(const fb::ModelT& model, std::optional<Isa> isa = Isa::kScalar) {
  const auto file = std::make_shared<const ModelFile>(serialize_model(model), "test");
  return HostClassifier(std::make_shared<const HostModel>(file, isa))
      .run_pcm(test::noise_window(50, test::kTinySamples));
}

fb::TensorT grid(float scale, int zero_point) {
  fb::TensorT tensor;
  tensor.dtype = fb::DType::kI8;
  tensor.scale = scale;
  tensor.zero_point = zero_point;
  return tensor;
}

// The fixed-point sum is the real sum rounded to the output grid; near a tie, either neighbor.
TEST(QuantizeAdd, EveryPairGivesTheRealSum) {
  const fb::TensorT a = grid(0.031f, -100), b = grid(0.007f, 12), out = grid(0.035f, -20);
  for (const bool relu : {false, true}) {
    fb::AddF32T add;
    add.relu = relu;
    const fb::AddI8T op = quantize_add(add, a, b, out);
    for (int i = 0; i < 256 * 256; ++i) {
      const auto q_a = static_cast<std::int8_t>(i / 256 - 128), q_b = static_cast<std::int8_t>(i % 256 - 128);
      std::int8_t got = 0;
      add_i8_scalar({.input = &q_a,
                     .other = &q_b,
                     .output = &got,
                     .count = 1,
                     .a = {a.zero_point, op.multiplier_a, op.shift_a},
                     .b = {b.zero_point, op.multiplier_b, op.shift_b},
                     .multiplier = op.multiplier,
                     .shift = op.shift,
                     .out_zero_point = out.zero_point,
                     .minimum = op.minimum,
                     .maximum = op.maximum});
      const double sum = double{a.scale} * (q_a - a.zero_point) + double{b.scale} * (q_b - b.zero_point);
      const double steps = (relu ? std::max(0.0, sum) : sum) / double{out.scale} + out.zero_point;
      ASSERT_NEAR(got, std::clamp(steps, -128.0, 127.0), 0.5 + 1e-5) << int{q_a} << " + " << int{q_b};
    }
  }
}

// Branches that cancel: on a grid as fine as the difference, the rescaling would overflow.
TEST(QuantizeAdd, WhatCancelsGetsNoFinerGridThanRescalingAllows) {
  const fb::TensorT a = grid(0.5f, 0), b = grid(0.25f, 0);
  fb::TensorT out;
  for (const double left : {0.0, 1e-12, 1e-6, 1e-3}) {
    set_affine_sum(out, {-left, left}, a, b);
    EXPECT_LE(quantize_add({}, a, b, out).shift, 0) << left;
    EXPECT_GE(out.scale * 127, left * 0.99) << left;
  }
}

// Measured: 27.9 to 32.3 dB; the lowest with `histogram` and `min-max`.
TEST(QuantizeResidual, TheIntegersFollowTheFloatsByEveryObserver) {
  const fb::ModelT fp32 = test::tiny_residual_fp32();
  for (const auto& [rule, name] : kNames<RangeRule>) {
    for (const int bits : {16, 8}) {
      const fb::ModelT int8 =
          quantize_post_training(fp32, noise(20, fp32.window_samples), {.observer = rule, .input_bits = bits});
      for (const auto& layer : int8.layers) {
        EXPECT_EQ(output_of(int8, layer->name), layer->name == "head" ? fb::DType::kI32 : fb::DType::kI8);
      }
      EXPECT_NE(layer_of(int8, "block2add").op.AsAddI8(), nullptr);
      EXPECT_GT(errors_of(fp32, int8).back().total_db, 25) << name;
    }
  }
}

TEST(QuantizeResidual, AnAdditionWithReluGivesNothingBelowZero) {
  const fb::ModelT fp32 = test::tiny_residual_fp32();
  const fb::ModelT int8 = quantize_post_training(fp32, noise(5, fp32.window_samples));
  const fb::LayerT& add = layer_of(int8, "block1add");
  EXPECT_EQ(add.op.AsAddI8()->minimum, int8.tensors[static_cast<std::size_t>(add.output)]->zero_point);
}

TEST(QuantizeResidual, OnTheSameGridsTheSameWeightsAreTheSameModel) {
  const fb::ModelT fp32 = test::tiny_residual_fp32();
  const fb::ModelT int8 =
      quantize_post_training(fp32, noise(5, fp32.window_samples), {.keep_fp32 = {"block2conv1", "block2conv2"}});
  EXPECT_EQ(serialize_model(quantize_on_grids_of(int8, fp32, WeightScales::kPerChannel)), serialize_model(int8));
}

// An addition reads 8 bits. Activations stay in float only if all their readers are float layers.
TEST(QuantizeResidual, KeptLayersGiveFloatsOnlyWhereAllReadersTakeThem) {
  const fb::ModelT fp32 = test::tiny_residual_fp32();
  const CalibrationWindows windows = noise(20, fp32.window_samples);
  QuantizeOptions all;
  for (const auto& layer : fp32.layers) {
    if (layer->op.type == fb::Operator::ConvF32) all.keep_fp32.push_back(layer->name);
  }
  const fb::ModelT kept = quantize_post_training(fp32, windows, all);
  for (const char* name :
       {"stem", "block1conv2", "block1add", "block2conv2", "block2projection", "block2add", "pool"}) {
    EXPECT_EQ(output_of(kept, name), fb::DType::kI8) << name;
  }
  for (const char* name : {"block1conv1", "block2conv1"}) EXPECT_EQ(output_of(kept, name), fb::DType::kF32) << name;
  const fb::ModelT none = quantize_post_training(fp32, windows);
  const auto before = errors_of(fp32, none), after = errors_of(fp32, kept);
  for (const char* name : {"block1conv1", "block1conv2", "block2conv1", "block2conv2"}) {
    EXPECT_GT(error_of(after, name).own_db, error_of(before, name).own_db + 1) << name;
  }

  const fb::ModelT stem = quantize_post_training(fp32, windows, {.keep_fp32 = {"stem", "block1conv1"}});
  EXPECT_EQ(output_of(stem, "stem"), fb::DType::kI8);  // block1add also reads it
}

TEST(QuantizeResidual, AnAdditionCannotBeKeptInFloat) {
  const fb::ModelT fp32 = test::tiny_residual_fp32();
  EXPECT_THAT([&] { quantize_post_training(fp32, noise(1, fp32.window_samples), {.keep_fp32 = {"block1add"}}); },
              ThrowsMessage<UsageError>(HasSubstr("cannot keep layer 'block1add' in float; "
                                                  "choose stem, block1conv1, block1conv2, block2conv1, block2conv2, "
                                                  "block2projection, head")));
}

// A convolution, two convolutions that read it (306 and 34 weights per filter), and their sum.
fb::ModelT forked() {
  test::TinyResidual r("fp32", 21, fb::DType::kF32, 1);
  const auto conv = [&](const std::string& name, std::int32_t input, const fb::Window& window) {
    fb::ConvF32T op;
    op.window = std::make_unique<fb::Window>(window);
    op.weights = r.random.floats(test::kTinyWide * r.taps(input, window), 0.3);
    op.bias = r.random.floats(test::kTinyWide, 0.2);
    op.relu = name == "front";
    r.add(name, {input}, std::move(op), fb::DType::kF32, 10, test::kTinyWide);
    return r.last;
  };
  const fb::Window wide(3, 3, 1, 1, 1, 1, 1, 1), narrow(1, 1, 1, 1, 0, 0, 1, 1);
  const std::int32_t front = conv("front", 0, wide), a = conv("a", front, wide), b = conv("b", front, narrow);
  r.add("add", {b, a}, fb::AddF32T{}, fb::DType::kF32, 10, test::kTinyWide);
  fb::AveragePoolT pool;
  pool.pool_h = pool.pool_w = 10;
  r.add("pool", {r.last}, std::move(pool), fb::DType::kF32, 1, test::kTinyWide);
  fb::LinearF32T head;
  head.weights = r.random.floats(2 * test::kTinyWide, 1.0);
  head.bias = r.random.floats(2, 0.5);
  r.add("head", {r.last}, std::move(head), fb::DType::kF32, 1, 2);
  return std::move(r.model);
}

// The reader with more weights per filter limits the steps of a 16-bit activation: no sum may overflow.
TEST(QuantizeResidual, WideActivationsSuitAllTheirReaders) {
  const fb::ModelT fp32 = forked();
  const CalibrationWindows windows = noise(20, fp32.window_samples);
  const fb::ModelT narrow = quantize_post_training(fp32, windows);
  const fb::ModelT wide = quantize_post_training(fp32, windows, {.wide_to = "front"});
  EXPECT_EQ(output_of(wide, "front"), fb::DType::kI16);
  EXPECT_EQ(layer_of(wide, "front").op.AsConvI8()->maximum, widest_value(306));
  for (const char* name : {"a", "b", "add"}) EXPECT_EQ(output_of(wide, name), fb::DType::kI8) << name;
  const auto before = errors_of(fp32, narrow), after = errors_of(fp32, wide);
  EXPECT_GT(error_of(after, "front").own_db, error_of(before, "front").own_db + 3);
  EXPECT_EQ(scores_of(wide), scores_of(wide, std::nullopt));
}

TEST(QuantizeResidual, RefusesWideActivationsThatAnAdditionReads) {
  const auto wide = [](const fb::ModelT& fp32, const std::string& to) {
    return [&fp32, to] { quantize_post_training(fp32, noise(1, fp32.window_samples), {.wide_to = to}); };
  };
  const fb::ModelT none = test::tiny_residual_fp32(), some = forked();
  EXPECT_THAT(wide(none, "stem"), ThrowsMessage<UsageError>(HasSubstr("this network cannot have 16-bit activations")));
  EXPECT_THAT(wide(none, "block1conv1"),
              ThrowsMessage<UsageError>(HasSubstr("this network cannot have 16-bit activations")));
  EXPECT_THAT(wide(some, "a"), ThrowsMessage<UsageError>(HasSubstr("not supported; choose front")));
}

TEST(QuantizeResidual, AnAdditionOfTheInputNeedsEightBitsThere) {
  test::TinyResidual r("fp32", 22, fb::DType::kF32, 1);
  r.add("add", {0, 0}, fb::AddF32T{}, fb::DType::kF32, 10, 2);
  fb::AveragePoolT pool;
  pool.pool_h = pool.pool_w = 10;
  r.add("pool", {r.last}, std::move(pool), fb::DType::kF32, 1, 2);
  fb::LinearF32T head;
  head.weights = r.random.floats(4, 1.0);
  head.bias = r.random.floats(2, 0.5);
  r.add("head", {r.last}, std::move(head), fb::DType::kF32, 1, 2);
  EXPECT_THAT([&] { quantize_post_training(r.model, noise(1, test::kTinySamples)); },
              ThrowsMessage<UsageError>(HasSubstr("layer add adds the network's input")));
  const fb::ModelT int8 = quantize_post_training(r.model, noise(5, test::kTinySamples), {.input_bits = 8});
  EXPECT_GT(errors_of(r.model, int8).front().own_db, 30);
}

// 19 of 20 weights are 0, also in layers that write to an addition or share their input.
TEST(QuantizeResidual, WeightsWithManyZerosAreStoredWithoutThem) {
  fb::ModelT fp32 = test::tiny_residual_fp32();
  for (const auto& layer : fp32.layers) {
    fb::ConvF32T* conv = layer->op.AsConvF32();
    if (conv == nullptr) continue;
    for (std::size_t i = 0; i < conv->weights.size(); ++i) conv->weights[i] = i % 20 == 0 ? conv->weights[i] * 4 : 0;
  }
  const fb::ModelT sparse = quantize_post_training(fp32, noise(5, fp32.window_samples));
  fb::ModelT dense = copy_model(sparse);
  for (const auto& layer : dense.layers) {
    fb::ConvI8T* conv = layer->op.AsConvI8();
    if (conv == nullptr || conv->sparse == nullptr) continue;
    const int channels = dense.tensors[static_cast<std::size_t>(layer->inputs.front())]->channels;
    conv->weights = dense_form(*conv->sparse, static_cast<std::size_t>(conv->window->kernel_w() * channels));
    conv->sparse = nullptr;
  }
  for (const char* name : {"block1conv1", "block1conv2", "block2conv1"}) {
    EXPECT_NE(layer_of(sparse, name).op.AsConvI8()->sparse, nullptr) << name;
  }
  EXPECT_EQ(scores_of(sparse), scores_of(dense));
}

TEST(LayerErrors, ListAdditionsAndFindTheWorst) {
  const fb::ModelT fp32 = test::tiny_residual_fp32();
  fb::ModelT int8 = quantize_post_training(fp32, noise(20, fp32.window_samples));
  const auto before = errors_of(fp32, int8);
  std::vector<std::string> names;
  for (const LayerError& error : before) names.push_back(error.layer);
  EXPECT_EQ(names, (std::vector<std::string>{"stem", "block1conv1", "block1conv2", "block1add", "block2conv1",
                                             "block2conv2", "block2projection", "block2add", "head"}));
  layer_of(int8, "block1add").op.AsAddI8()->shift_b -= 1;  // halves this branch
  const auto after = errors_of(fp32, int8);
  EXPECT_EQ(worst_layer(after).layer, "block1add");
  EXPECT_DOUBLE_EQ(error_of(after, "block1conv2").total_db, error_of(before, "block1conv2").total_db);
  EXPECT_DOUBLE_EQ(error_of(after, "block2conv1").own_db, error_of(before, "block2conv1").own_db);
  EXPECT_LT(error_of(after, "block2conv1").total_db, error_of(before, "block2conv1").total_db);
}

TEST(LayerErrors, AResidualModelAgainstItselfHasNone) {
  const fb::ModelT fp32 = test::tiny_residual_fp32();
  for (const LayerError& error : errors_of(fp32, fp32)) EXPECT_EQ(error.own_db, kBestSqnrDb) << error.layer;
}

}  // namespace
}  // namespace stapes
