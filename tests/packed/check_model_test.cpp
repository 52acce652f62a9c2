// SPDX-License-Identifier: Apache-2.0
// One test per check of the reader.
#include "packed/check_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "packed/broken_model.h"
#include "packed/container.h"
#include "packed/model_file.h"
#include "packed/reader.h"
#include "packed/writer.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

using test::Broken, test::expect_found, test::kCorrupt, test::kUnsupported, test::open_bytes, test::ReaderAnswer;
using test::conv_bits, test::conv_f32, test::conv_i8, test::conv_pcm;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

class CheckModel : public testing::TestWithParam<Broken> {};
TEST_P(CheckModel, FindsWhatIsBroken) { expect_found(GetParam()); }

fb::ModelT fp32() { return test::tiny_fp32(); }
fb::ModelT int8() { return test::tiny_int8(); }
fb::ModelT xnor() { return test::tiny_xnor(); }
fb::ModelT mixed() { return test::tiny_mixed(); }

// An 8-bit filter so long that large weights exceed int32.
fb::ModelT long_filter() {
  fb::ModelT model = test::tiny_xnor();
  constexpr int kTaps = 600;
  model.window_samples = kTaps;
  model.tensors.clear();
  model.layers.clear();
  test::add_tensor(model, fb::DType::kI16, 1, kTaps, 1, 1.0f / 32768);
  fb::ConvI8T conv;
  conv.window = std::make_unique<fb::Window>(1, kTaps, 1, 1, 0, 0, 1, 1);
  conv.weights.assign(kTaps, 1);
  conv.thresholds = std::make_unique<fb::ThresholdsT>();
  conv.thresholds->threshold = {0};
  test::add_tensor(model, fb::DType::kBits, 1, 1, 1);
  test::add_layer(model, "conv1", std::move(conv));
  fb::ConvBitsT bits;
  bits.window = std::make_unique<fb::Window>(1, 1, 1, 1, 0, 0, 1, 1);
  bits.weights = {1};
  test::add_tensor(model, fb::DType::kI16, 1, 1, 1);
  test::add_layer(model, "conv2", std::move(bits));
  fb::AveragePoolT pool;
  pool.pool_h = pool.pool_w = 1;
  test::add_tensor(model, fb::DType::kI32, 1, 1, 1);
  test::add_layer(model, "pool", std::move(pool));
  fb::LinearI16T head;
  head.weights = {1, -1};
  head.bias = {0, 0};
  test::add_tensor(model, fb::DType::kI32, 1, 1, 2);
  test::add_layer(model, "head", std::move(head));
  return model;
}

// Layers of the tiny models: 0 conv1, 1 conv2, 2 swap, 3 conv3, 4 conv4, 5 pool, 6 head. Layer i outputs tensor i + 1.

fb::Window window(int kernel_w, int stride_w, int pad_w, int pool_w) {
  return {1, kernel_w, 1, stride_w, 0, pad_w, 1, pool_w};
}
void set_window(fb::ModelT& m, const fb::Window& w) { *conv_f32(m, 0).window = w; }

const std::vector<Broken>& heading_cases() {
  static const std::vector<Broken> cases = {
      {"route", fp32, [](auto& m) { m.route = "int4"; }, kUnsupported, "route is not fp32, xnor or int8", -1},
      {"sample_rate_negative", fp32, [](auto& m) { m.sample_rate_hz = -1; }, kCorrupt, "sample rate out of range", -1},
      {"sample_rate_high", fp32, [](auto& m) { m.sample_rate_hz = 1'000'001; }, kCorrupt, "sample rate out of range",
       -1},
      {"no_layers", fp32, [](auto& m) { m.layers.clear(); }, kCorrupt, "no layers", -1},
      {"many_layers", fp32,
       [](auto& m) {
         for (int i = 0; i < 97; ++i) m.layers.push_back(std::make_unique<fb::LayerT>(*m.layers[2]));
       },
       kUnsupported, "more than 96 layers", -1},
      {"tensor_too_many", fp32, [](auto& m) { test::add_tensor(m, fb::DType::kF32, 1, 1, 1); }, kCorrupt,
       "tensor count is not layers + 1", -1},
      {"no_labels", fp32, [](auto& m) { m.labels.clear(); }, kCorrupt, "number of labels out of range", -1},
      {"label_too_many", fp32, [](auto& m) { m.labels.push_back("x"); }, kCorrupt, "expected one score per label", -1},
      {"label_empty", fp32, [](auto& m) { m.labels[0] = ""; }, kCorrupt, "a label is empty, too long or not plain text",
       -1},
      {"label_with_escape", fp32, [](auto& m) { m.labels[1] = "\x1b[2J"; }, kCorrupt,
       "a label is empty, too long or not plain text", -1},
      {"label_long", fp32, [](auto& m) { m.labels[1] = std::string(257, 'a'); }, kCorrupt,
       "a label is empty, too long or not plain text", -1},
      {"window_samples", fp32, [](auto& m) { m.window_samples = 201; }, kCorrupt,
       "the input is not window_samples long", -1},
      {"input_dtype", int8, [](auto& m) { m.tensors[0]->dtype = fb::DType::kI32; }, kUnsupported,
       "input is not kF32, kI16 or kI8", -1},
  };
  return cases;
}

const std::vector<Broken>& tensor_cases() {
  static const std::vector<Broken> cases = {
      {"dtype", fp32, [](auto& m) { m.tensors[3]->dtype = static_cast<fb::DType>(5); }, kUnsupported,
       "a tensor of unknown dtype", -1},
      {"height_zero", fp32, [](auto& m) { m.tensors[3]->height = 0; }, kCorrupt, "a tensor dimension below 1", -1},
      {"width_negative", fp32, [](auto& m) { m.tensors[3]->width = -1; }, kCorrupt, "a tensor dimension below 1", -1},
      {"channels_huge", fp32, [](auto& m) { m.tensors[3]->channels = (1 << 20) + 1; }, kUnsupported,
       "a tensor dimension above 2^20", -1},
      {"elements", fp32, [](auto& m) { m.tensors[3]->height = m.tensors[3]->width = 1 << 14; }, kUnsupported,
       "a tensor of more than 2^27 elements", -1},
      {"elements_by_far", fp32,
       [](auto& m) { m.tensors[3]->height = m.tensors[3]->width = m.tensors[3]->channels = 1 << 20; }, kUnsupported,
       "a tensor of more than 2^27 elements", -1},
      {"scale_zero", fp32, [](auto& m) { m.tensors[3]->scale = 0; }, kCorrupt,
       "a tensor's scale is not a positive number", -1},
      {"scale_nan", fp32, [](auto& m) { m.tensors[3]->scale = kNan; }, kCorrupt,
       "a tensor's scale is not a positive number", -1},
      {"scale_infinite", fp32, [](auto& m) { m.tensors[3]->scale = kInfinity; }, kCorrupt,
       "a tensor's scale is not a positive number", -1},
      {"zero_point_float", fp32, [](auto& m) { m.tensors[3]->zero_point = 1; }, kCorrupt,
       "a tensor's zero point is out of range", -1},
      {"zero_point_int8", int8, [](auto& m) { m.tensors[1]->zero_point = 128; }, kCorrupt,
       "a tensor's zero point is out of range", -1},
      {"zero_point_pcm", int8, [](auto& m) { m.tensors[0]->zero_point = 1; }, kCorrupt,
       "a tensor's zero point is out of range", -1},
  };
  return cases;
}

const std::vector<Broken>& graph_cases() {
  static const std::vector<Broken> cases = {
      {"name_empty", fp32, [](auto& m) { m.layers[1]->name = ""; }, kCorrupt,
       "the name is empty, too long or not plain text", 1},
      {"name_newline", fp32, [](auto& m) { m.layers[1]->name = "a\nb"; }, kCorrupt,
       "the name is empty, too long or not plain text", 1},
      {"no_inputs", fp32, [](auto& m) { m.layers[1]->inputs.clear(); }, kCorrupt, "not exactly one input", 1},
      {"two_inputs", fp32, [](auto& m) { m.layers[1]->inputs.push_back(0); }, kCorrupt, "not exactly one input", 1},
      {"input_negative", fp32, [](auto& m) { m.layers[1]->inputs[0] = -1; }, kCorrupt, "an input tensor does not exist",
       1},
      {"input_beyond", fp32, [](auto& m) { m.layers[1]->inputs[0] = 8; }, kCorrupt, "an input tensor does not exist",
       1},
      {"output_negative", fp32, [](auto& m) { m.layers[1]->output = INT32_MIN; }, kCorrupt,
       "the output tensor does not exist", 1},
      {"output_beyond", fp32, [](auto& m) { m.layers[1]->output = 8; }, kCorrupt, "the output tensor does not exist",
       1},
      {"input_from_the_future", fp32, [](auto& m) { m.layers[1]->inputs[0] = 3; }, kCorrupt,
       "no earlier layer computes the input", 1},
      {"input_is_output", fp32, [](auto& m) { m.layers[1]->inputs[0] = 2; }, kCorrupt,
       "no earlier layer computes the input", 1},
      {"output_twice", fp32, [](auto& m) { m.layers[1]->output = 1; }, kCorrupt, "the output tensor is already defined",
       1},
      {"output_is_input", fp32, [](auto& m) { m.layers[1]->output = 0; }, kCorrupt,
       "the output tensor is already defined", 1},
      {"unused_tensor", fp32,
       [](auto& m) {  // a second transpose, which nothing reads
         m.tensors.insert(m.tensors.begin() + 4, std::make_unique<fb::TensorT>(*m.tensors[3]));
         m.layers.insert(m.layers.begin() + 3, std::make_unique<fb::LayerT>(*m.layers[2]));
         m.layers[3]->output = 4;
         for (std::size_t i = 4; i < m.layers.size(); ++i) {
           m.layers[i]->output += 1;
           if (i > 4) m.layers[i]->inputs[0] += 1;
         }
       },
       kCorrupt, "an unused tensor", -1},
      {"scores_are_int16", xnor,
       [](auto& m) {  // ends with conv4
         m.layers.resize(5);
         m.tensors.resize(6);
       },
       kUnsupported, "scores are not kF32, kI32 or kI8", -1},
      {"scores_are_no_vector", fp32,
       [](auto& m) {  // ends with conv4
         m.layers.resize(5);
         m.tensors.resize(6);
       },
       kCorrupt, "expected one score per label", -1},
  };
  return cases;
}

const std::vector<Broken>& window_cases() {
  static const std::vector<Broken> cases = {
      {"missing", fp32, [](auto& m) { conv_f32(m, 0).window.reset(); }, kCorrupt, "no window", 0},
      {"kernel_zero", fp32, [](auto& m) { set_window(m, window(0, 2, 0, 1)); }, kCorrupt, "kernel size out of range",
       0},
      {"kernel_huge", fp32, [](auto& m) { set_window(m, window(INT32_MAX, 2, 0, 1)); }, kCorrupt,
       "kernel size out of range", 0},
      {"stride_zero", fp32, [](auto& m) { set_window(m, window(9, 0, 0, 1)); }, kCorrupt, "stride out of range", 0},
      {"stride_negative", fp32, [](auto& m) { set_window(m, window(9, -2, 0, 1)); }, kCorrupt, "stride out of range",
       0},
      {"pool_zero", fp32, [](auto& m) { set_window(m, window(9, 2, 0, 0)); }, kCorrupt, "pool size out of range", 0},
      {"pad_negative", fp32, [](auto& m) { set_window(m, window(9, 2, -1, 1)); }, kCorrupt, "padding out of range", 0},
      {"pad_huge", fp32, [](auto& m) { set_window(m, window(9, 2, INT32_MAX, 1)); }, kCorrupt, "padding out of range",
       0},
      {"pad_above_kernel", fp32, [](auto& m) { set_window(m, window(9, 2, 10, 1)); }, kCorrupt,
       "padding larger than the kernel", 0},
      {"kernel_above_input", fp32, [](auto& m) { set_window(m, window(201, 2, 0, 1)); }, kCorrupt,
       "the kernel is larger than the padded input", 0},
      {"width", fp32, [](auto& m) { m.tensors[1]->width = 97; }, kCorrupt, "output size does not match the window", 0},
      {"height", fp32, [](auto& m) { m.tensors[4]->height = 3; }, kCorrupt, "output size does not match the window", 3},
      {"pool_takes_all", fp32, [](auto& m) { set_window(m, window(9, 2, 0, 97)); }, kCorrupt,
       "output size does not match the window", 0},
      {"positions", fp32,
       [](auto& m) {
         m.tensors[0]->width = m.window_samples = 1 << 20;
         *conv_f32(m, 0).window = fb::Window(1 << 10, 9, 1, 1, 1 << 10, 0, 1 << 10, 1 << 10);
       },
       kUnsupported, "more than 2^27 positions before the pool", 0},
  };
  return cases;
}

const std::vector<Broken>& conv_cases() {
  static const std::vector<Broken> cases = {
      {"f32_dtype", fp32, [](auto& m) { m.tensors[1]->dtype = fb::DType::kI16; }, kCorrupt,
       "ConvF32 requires kF32, kI8 or kI16 input and kF32 or kI8 output", 0},
      {"f32_weights", fp32, [](auto& m) { conv_f32(m, 1).weights.pop_back(); }, kCorrupt, "wrong number of weights", 1},
      {"f32_no_weights", fp32, [](auto& m) { conv_f32(m, 1).weights.clear(); }, kCorrupt, "wrong number of weights", 1},
      {"f32_bias", fp32, [](auto& m) { conv_f32(m, 1).bias.push_back(0); }, kCorrupt, "wrong number of biases", 1},
      {"f32_no_bias", fp32, [](auto& m) { conv_f32(m, 1).bias.clear(); }, kCorrupt, "wrong number of biases", 1},
      {"f32_weight_nan", fp32, [](auto& m) { conv_f32(m, 1).weights[3] = kNan; }, kCorrupt,
       "a weight or bias is not finite", 1},
      {"f32_bias_infinite", fp32, [](auto& m) { conv_f32(m, 1).bias[2] = -kInfinity; }, kCorrupt,
       "a weight or bias is not finite", 1},
      {"i8_dtype", int8, [](auto& m) { m.tensors[2]->dtype = fb::DType::kI16, m.tensors[2]->zero_point = 0; }, kCorrupt,
       "ConvI8 requires kI8 input and output, or kI16 input and kI8, kI16 or kBits output", 1},
      {"i8_thresholds", int8, [](auto& m) { conv_i8(m, 1).thresholds = std::make_unique<fb::ThresholdsT>(); }, kCorrupt,
       "ConvI8 must have thresholds if and only if its output is kBits", 1},
      {"i8_minimum_low", int8, [](auto& m) { conv_i8(m, 1).minimum = -129; }, kCorrupt,
       "minimum or maximum out of range", 1},
      {"i8_bits_without_thresholds", int8,
       [](auto& m) { m.tensors[1]->dtype = fb::DType::kBits, m.tensors[1]->zero_point = 0; }, kCorrupt,
       "ConvI8 must have thresholds if and only if its output is kBits", 0},
      {"i8_bits_threshold_count", mixed, [](auto& m) { conv_i8(m, 1).thresholds->threshold.pop_back(); }, kCorrupt,
       "wrong number of thresholds", 1},
      {"i8_bits_flag", mixed, [](auto& m) { conv_i8(m, 1).thresholds->falling[0] = 2; }, kCorrupt,
       "a falling flag is neither 0 nor 1", 1},
      {"i8_bits_sum", long_filter, [](auto& m) { conv_i8(m, 0).weights.assign(600, 127); }, kCorrupt,
       "the sums of this layer overflow", 0},
      {"i8_weights", int8, [](auto& m) { conv_i8(m, 1).weights.push_back(0); }, kCorrupt, "wrong number of weights", 1},
      {"i8_bias", int8, [](auto& m) { conv_i8(m, 1).bias.pop_back(); }, kCorrupt, "wrong number of biases", 1},
      {"i8_multipliers", int8, [](auto& m) { conv_i8(m, 1).multiplier.pop_back(); }, kCorrupt,
       "wrong number of multipliers", 1},
      {"i8_shifts", int8, [](auto& m) { conv_i8(m, 1).shift.pop_back(); }, kCorrupt, "wrong number of shifts", 1},
      {"i8_minimum", int8, [](auto& m) { conv_i8(m, 1).minimum = 1, conv_i8(m, 1).maximum = 0; }, kCorrupt,
       "minimum above maximum", 1},
      {"i8_multiplier_low", int8, [](auto& m) { conv_i8(m, 1).multiplier[0] = (1 << 30) - 1; }, kCorrupt,
       "multiplier or shift out of range", 1},
      {"i8_multiplier_negative", int8, [](auto& m) { conv_i8(m, 1).multiplier[0] = -(1 << 30); }, kCorrupt,
       "multiplier or shift out of range", 1},
      {"i8_multiplier_zero", int8, [](auto& m) { conv_i8(m, 1).multiplier[0] = 0; }, kCorrupt,
       "multiplier or shift out of range", 1},
      {"i8_shift_low", int8, [](auto& m) { conv_i8(m, 1).shift[0] = -32; }, kCorrupt,
       "multiplier or shift out of range", 1},
      {"i8_shift_high", int8, [](auto& m) { conv_i8(m, 1).shift[0] = 31; }, kCorrupt,
       "multiplier or shift out of range", 1},
      {"i8_sum_by_shift", int8, [](auto& m) { conv_i8(m, 1).shift[0] = 15; }, kCorrupt,
       "the sums of this layer overflow", 1},
      {"i8_sum_by_bias", int8, [](auto& m) { conv_i8(m, 1).bias[0] = INT32_MIN; }, kCorrupt,
       "the sums of this layer overflow", 1},
      {"pcm_dtype", xnor, [](auto& m) { m.tensors[1]->dtype = fb::DType::kI16; }, kCorrupt,
       "ConvPcm requires kI16 input and kBits output", 0},
      {"pcm_weights", xnor, [](auto& m) { conv_pcm(m).weights.pop_back(); }, kCorrupt, "wrong number of weights", 0},
      {"pcm_weight_sum", xnor,
       [](auto& m) {
         conv_pcm(m).weights[9] = -32768;  // filter 1
         for (int i = 10; i < 18; ++i) conv_pcm(m).weights[static_cast<std::size_t>(i)] = 4096;
       },
       kCorrupt, "the absolute weights of a filter sum to more than 65535", 0},
      {"pcm_no_thresholds", xnor, [](auto& m) { conv_pcm(m).thresholds.reset(); }, kCorrupt, "no thresholds", 0},
      {"pcm_thresholds", xnor, [](auto& m) { conv_pcm(m).thresholds->threshold.pop_back(); }, kCorrupt,
       "wrong number of thresholds", 0},
      {"pcm_empty_thresholds", xnor, [](auto& m) { conv_pcm(m).thresholds->threshold.clear(); }, kCorrupt,
       "wrong number of thresholds", 0},
      {"bits_falling", xnor, [](auto& m) { conv_bits(m, 1).thresholds->falling.pop_back(); }, kCorrupt,
       "wrong number of falling flags", 1},
      {"bits_falling_two", xnor, [](auto& m) { conv_bits(m, 1).thresholds->falling[0] = 2; }, kCorrupt,
       "a falling flag is neither 0 nor 1", 1},
      {"bits_dtype", xnor, [](auto& m) { conv_bits(m, 1).thresholds.reset(); }, kCorrupt,
       "ConvBits requires kBits input, and kBits output with thresholds or kI16 without", 1},
      {"bits_weights", xnor, [](auto& m) { conv_bits(m, 1).weights.push_back(0); }, kCorrupt, "wrong number of weights",
       1},
      {"bits_tail", xnor, [](auto& m) { conv_bits(m, 1).weights[2] |= 1u << 15; }, kCorrupt,
       "padding bits of a filter are not 0", 1},
      {"bits_sum", xnor,
       [](auto& m) {  // 1 x 1 on 32768 channels
         m.tensors[4]->channels = 32768;
         conv_bits(m, 3).weights.assign(32768, 0);
         conv_bits(m, 3).thresholds->threshold.assign(32768, 0);
         conv_bits(m, 3).thresholds->falling.clear();
         conv_bits(m, 4).weights.assign(4 * 1024, 0);
       },
       kUnsupported, "sums do not fit in kI16", 4},
  };
  return cases;
}

const std::vector<Broken>& other_cases() {
  const auto pool = [](fb::ModelT& m) { return m.layers[5]->op.AsAveragePool(); };
  static const std::vector<Broken> cases = {
      {"transpose_dtype", int8, [](auto& m) { m.tensors[3]->dtype = fb::DType::kBits, m.tensors[3]->zero_point = 0; },
       kCorrupt, "Transpose must keep dtype and scale", 2},
      {"transpose_scale", int8, [](auto& m) { m.tensors[3]->scale = 1; }, kCorrupt,
       "Transpose must keep dtype and scale", 2},
      {"transpose_shape", fp32, [](auto& m) { m.tensors[3]->height = 6; }, kCorrupt,
       "Transpose must turn 1 x W x C into C x W x 1", 2},
      {"pool_dtype", xnor, [](auto& m) { m.tensors[6]->dtype = fb::DType::kI16; }, kCorrupt,
       "AveragePool requires kF32 or kI8 input and output, or kI16 or kI32 input and kI32 output", 5},
      {"pool_zero", fp32, [=](auto& m) { pool(m)->pool_h = 0; }, kCorrupt, "pool size out of range", 5},
      {"pool_above_input", fp32, [=](auto& m) { pool(m)->pool_w = 6; }, kCorrupt, "pool size out of range", 5},
      {"pool_shape", fp32, [=](auto& m) { pool(m)->pool_w = 2; }, kCorrupt, "output size does not match the pool", 5},
      {"pool_scale", int8, [](auto& m) { m.tensors[6]->scale = 1; }, kCorrupt,
       "an int8 AveragePool must keep the scale", 5},
      {"head_shape", fp32,
       [=](auto& m) {
         pool(m)->pool_w = 1;
         m.tensors[6]->width = 5;
       },
       kCorrupt, "the input and output of a linear layer must be 1 x 1 x C", 6},
      {"f32_head_dtype", fp32, [](auto& m) { m.tensors[7]->dtype = fb::DType::kI32; }, kCorrupt,
       "LinearF32 requires kF32 or kI8 input and kF32 output", 6},
      {"f32_head_weights", fp32, [](auto& m) { m.layers[6]->op.AsLinearF32()->weights.pop_back(); }, kCorrupt,
       "wrong number of weights", 6},
      {"f32_head_bias", fp32, [](auto& m) { m.layers[6]->op.AsLinearF32()->bias.clear(); }, kCorrupt,
       "wrong number of biases", 6},
      {"f32_head_nan", fp32, [](auto& m) { m.layers[6]->op.AsLinearF32()->weights[0] = kNan; }, kCorrupt,
       "a weight or bias is not finite", 6},
      {"i8_head_dtype", int8, [](auto& m) { m.tensors[7]->dtype = fb::DType::kF32; }, kCorrupt,
       "LinearI8 requires kI8 input and kI32 output, or kI8 output with multipliers", 6},
      {"i8_head_bias", int8, [](auto& m) { m.layers[6]->op.AsLinearI8()->bias.push_back(0); }, kCorrupt,
       "wrong number of biases", 6},
      {"i8_head_sum", int8, [](auto& m) { m.layers[6]->op.AsLinearI8()->bias[1] = INT32_MAX; }, kCorrupt,
       "the sums of this layer overflow", 6},
      {"i16_head_dtype", xnor, [](auto& m) { m.tensors[7]->dtype = fb::DType::kF32; }, kCorrupt,
       "LinearI16 requires kI32 input and output", 6},
      {"i16_head_weights", xnor, [](auto& m) { m.layers[6]->op.AsLinearI16()->weights.clear(); }, kCorrupt,
       "wrong number of weights", 6},
      {"i16_head_sum", xnor,
       [](auto& m) {  // inputs reach 10 * 34, so 4 weights of 32767 give 44.6 million; the bias adds the rest
         m.layers[6]->op.AsLinearI16()->weights.assign(8, 32767);
         m.layers[6]->op.AsLinearI16()->bias[0] = INT32_MAX - 44'000'000;
       },
       kCorrupt, "the sums of this layer overflow", 6},
  };
  return cases;
}

const auto kName = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Heading, CheckModel, testing::ValuesIn(heading_cases()), kName);
INSTANTIATE_TEST_SUITE_P(Tensor, CheckModel, testing::ValuesIn(tensor_cases()), kName);
INSTANTIATE_TEST_SUITE_P(Graph, CheckModel, testing::ValuesIn(graph_cases()), kName);
INSTANTIATE_TEST_SUITE_P(Window, CheckModel, testing::ValuesIn(window_cases()), kName);
INSTANTIATE_TEST_SUITE_P(Conv, CheckModel, testing::ValuesIn(conv_cases()), kName);
INSTANTIATE_TEST_SUITE_P(Other, CheckModel, testing::ValuesIn(other_cases()), kName);

// ---- unusual but valid models
TEST(CheckModelAccepts, ThresholdsAtBothEndsAndNoFallingFlags) {
  fb::ModelT model = xnor();
  conv_bits(model, 1).thresholds->threshold = {INT32_MIN, INT32_MAX, 0, -1, 1};
  conv_bits(model, 1).thresholds->falling.clear();
  EXPECT_EQ(open_bytes(serialize_unchecked(model)).status, Status::kOk);
}

TEST(CheckModelAccepts, AConstantInt8Channel) {
  fb::ModelT model = int8();
  conv_i8(model, 1).multiplier[0] = conv_i8(model, 1).shift[0] = 0;
  EXPECT_EQ(open_bytes(serialize_unchecked(model)).status, Status::kOk);
}

TEST(CheckModelAccepts, PcmWeightsThatSumTo65535) {
  fb::ModelT model = xnor();
  conv_pcm(model).weights.assign(27, 7281);
  for (std::size_t filter = 0; filter < 3; ++filter) conv_pcm(model).weights[filter * 9] = -7287;  // 65535 in all
  EXPECT_EQ(open_bytes(serialize_unchecked(model)).status, Status::kOk);
}

TEST(CheckModelAccepts, AHeadThatReachesTheLastSumOfInt32) {
  fb::ModelT model = int8();  // zero point -128: |q - zero_point| <= 255
  model.layers[6]->op.AsLinearI8()->weights.assign(8, -127);
  model.layers[6]->op.AsLinearI8()->bias[1] = INT32_MAX - 4 * 127 * 255;
  EXPECT_EQ(open_bytes(serialize_unchecked(model)).status, Status::kOk);
  model.layers[6]->op.AsLinearI8()->bias[1] += 1;
  EXPECT_EQ(open_bytes(serialize_unchecked(model)).what, "the sums of this layer overflow");
}

// ---- arithmetic of the checks

TEST(BoundedProduct, StopsBeforeItWraps) {
  constexpr std::int64_t kMany = std::int64_t{1} << 40;
  EXPECT_EQ(bounded_product(3, 5, 7), 105);
  EXPECT_EQ(bounded_product(1 << 20, 1 << 20), kMany);
  EXPECT_EQ(bounded_product(1 << 20, (1 << 20) - 1), kMany - (1 << 20));
  EXPECT_EQ(bounded_product(INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX), kMany);
  EXPECT_EQ(bounded_product(1 << 16, 1 << 16, 1 << 16, 1 << 16), kMany);  // 2^64: would wrap to 0
  EXPECT_EQ(bounded_product(INT32_MAX, INT32_MAX, 0), 0);
}

TEST(I8Limit, IsTheFartherEnd) {
  for (int zero_point = -128; zero_point <= 127; ++zero_point) {
    int farthest = 0;
    for (int q = -128; q <= 127; ++q) farthest = std::max(farthest, std::abs(q - zero_point));
    EXPECT_EQ(i8_limit(zero_point), farthest) << zero_point;
  }
}

// ---- cases beyond the object API

std::vector<std::byte> with_header(std::span<const std::byte> payload) {
  const auto header = container_header(kModelContainer, payload);
  std::vector<std::byte> blob(header.size() + payload.size());
  std::memcpy(blob.data(), header.data(), header.size());
  std::ranges::copy(payload, blob.begin() + header.size());
  return blob;
}

TEST(CheckModelBytes, RefusesAnUnknownOperator) {
  std::vector<std::byte> blob = serialize_unchecked(fp32());
  const std::span<std::byte> payload = std::span(blob).subspan(kContainerHeaderBytes);
  const fb::Layer* layer = fb::GetModel(payload.data())->layers()->Get(1);
  const std::uint8_t* type = reinterpret_cast<const flatbuffers::Table*>(layer)->GetAddressOf(fb::Layer::VT_OP_TYPE);
  for (const unsigned unknown : {0u, static_cast<unsigned>(fb::Operator::MAX) + 1, 255u}) {
    payload[static_cast<std::size_t>(reinterpret_cast<const std::byte*>(type) - payload.data())] =
        static_cast<std::byte>(unknown);
    const ReaderAnswer outcome = open_bytes(with_header(payload));
    // NONE with a value is malformed. Higher values may be operators of later versions.
    EXPECT_NE(outcome.status, Status::kOk) << unknown;
    if (unknown > 0) {
      EXPECT_EQ(outcome.what, "an unknown operator");
    }
  }
}

// A shift by four bytes leaves a valid FlatBuffer with weights misaligned for vector loads.
TEST(CheckModelBytes, RefusesWeightsThatAreNotAligned) {
  const std::vector<std::byte> blob = serialize_unchecked(fp32());
  std::vector<std::byte> payload(blob.size() - kContainerHeaderBytes + 4);
  std::memcpy(payload.data() + 4, blob.data() + kContainerHeaderBytes, payload.size() - 4);
  std::uint32_t root = 0;
  std::memcpy(&root, payload.data() + 4, 4);
  root += 4;
  std::memcpy(payload.data(), &root, 4);
  const ReaderAnswer outcome = open_bytes(with_header(payload));
  EXPECT_EQ(outcome.status, Status::kCorrupt);
  EXPECT_EQ(outcome.what, "weights not aligned to 64 bytes");
}

TEST(CheckModelBytes, RefusesAPayloadThatIsNoFlatBuffer) {
  for (const std::size_t size : {0, 1, 4, 100}) {
    const ReaderAnswer outcome = open_bytes(with_header(std::vector<std::byte>(size, std::byte{0x7F})));
    EXPECT_EQ(outcome.status, Status::kCorrupt) << size;
    EXPECT_EQ(outcome.what, "not a well-formed FlatBuffer of the model schema");
  }
}

}  // namespace
}  // namespace stapes
