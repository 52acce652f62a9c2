// SPDX-License-Identifier: Apache-2.0
// Checks of end padding, max-pools, linear layers with int8 output, softmax and logistic.
#include <gtest/gtest.h>

#include "packed/broken_model.h"
#include "support/tiny_models.h"

namespace stapes {
namespace {

using test::Broken, test::conv_bits, test::conv_f32, test::conv_i8, test::conv_pcm, test::kCorrupt, test::kUnsupported;

fb::ModelT padded_fp32() { return test::tiny_model("padded_fp32"); }
fb::ModelT padded_int8() { return test::tiny_model("padded_int8"); }
fb::ModelT padded_xnor() { return test::tiny_model("padded_xnor"); }
fb::ModelT softmax() { return test::tiny_model("softmax"); }
fb::ModelT logistic() { return test::tiny_model("logistic"); }

// Layers of the padded tiny models: 0 conv1, 1 conv2, 2 swap, 3 conv3, 4 maxpool.
fb::MaxPoolT& max_pool(fb::ModelT& m) { return *m.layers[4]->op.AsMaxPool(); }
void set_end(std::unique_ptr<fb::EndPads>& pads, int h, int w) { pads = std::make_unique<fb::EndPads>(h, w); }
void set_pool_window(fb::ModelT& m, const fb::Window& window) { *max_pool(m).window = window; }

// Layers of the other tiny models: 6 head, 7 softmax or logistic.
fb::ModelT rounded_once() { return test::tiny_model("rounded_once"); }
fb::LinearI8OnceT& once_head(fb::ModelT& m) { return *m.layers[6]->op.AsLinearI8Once(); }
fb::LinearI8T& int8_head(fb::ModelT& m) { return *m.layers[6]->op.AsLinearI8(); }
fb::SoftmaxT& softmax_of(fb::ModelT& m) { return *m.layers[7]->op.AsSoftmax(); }
fb::LogisticT& logistic_of(fb::ModelT& m) { return *m.layers[7]->op.AsLogistic(); }

class CheckWindows : public testing::TestWithParam<Broken> {};
TEST_P(CheckWindows, FindsWhatIsBroken) { test::expect_found(GetParam()); }

constexpr const char* kTooMuchPadding =
    "the end padding is neither smaller than the kernel nor equal to the start padding";
constexpr const char* kOtherSize = "output size does not match the window";

const std::vector<Broken>& end_pad_cases() {
  static const std::vector<Broken> cases = {
      {"f32_negative", padded_fp32, [](auto& m) { set_end(conv_f32(m, 3).end_pads, -1, 1); }, kCorrupt,
       "end padding out of range", 3},
      {"f32_huge", padded_fp32, [](auto& m) { set_end(conv_f32(m, 3).end_pads, 2, INT32_MAX); }, kCorrupt,
       "end padding out of range", 3},
      {"f32_kernel", padded_fp32, [](auto& m) { set_end(conv_f32(m, 3).end_pads, 3, 1); }, kCorrupt, kTooMuchPadding,
       3},
      {"f32_size", padded_fp32, [](auto& m) { set_end(conv_f32(m, 3).end_pads, 2, 2); }, kCorrupt, kOtherSize, 3},
      {"f32_absent", padded_fp32, [](auto& m) { conv_f32(m, 3).end_pads = nullptr; }, kCorrupt, kOtherSize, 3},
      {"i8_kernel", padded_int8, [](auto& m) { set_end(conv_i8(m, 1).end_pads, 0, 5); }, kCorrupt, kTooMuchPadding, 1},
      {"i8_size", padded_int8, [](auto& m) { set_end(conv_i8(m, 3).end_pads, 1, 1); }, kCorrupt, kOtherSize, 3},
      {"pcm_kernel", padded_xnor, [](auto& m) { set_end(conv_pcm(m).end_pads, 0, 9); }, kCorrupt, kTooMuchPadding, 0},
      {"pcm_size", padded_xnor, [](auto& m) { set_end(conv_pcm(m).end_pads, 0, 6); }, kCorrupt, kOtherSize, 0},
      {"bits_negative", padded_xnor, [](auto& m) { set_end(conv_bits(m, 3).end_pads, 2, -1); }, kCorrupt,
       "end padding out of range", 3},
      {"bits_size", padded_xnor, [](auto& m) { set_end(conv_bits(m, 3).end_pads, 0, 1); }, kCorrupt, kOtherSize, 3},
  };
  return cases;
}

const std::vector<Broken>& max_pool_cases() {
  static const std::vector<Broken> cases = {
      {"no_window", padded_fp32, [](auto& m) { max_pool(m).window = nullptr; }, kCorrupt, "no window", 4},
      {"kernel_zero", padded_fp32,
       [](auto& m) {
         set_pool_window(m, {0, 3, 2, 2, 0, 0, 1, 1});
       },
       kCorrupt, "kernel size out of range", 4},
      {"stride_zero", padded_int8,
       [](auto& m) {
         set_pool_window(m, {3, 3, 0, 2, 0, 0, 1, 1});
       },
       kCorrupt, "stride out of range", 4},
      {"kernel_larger", padded_xnor,
       [](auto& m) {
         set_pool_window(m, {3, 200, 2, 2, 0, 0, 1, 1});
       },
       kCorrupt, "the kernel is larger than the padded input", 4},
      {"size", padded_int8,
       [](auto& m) {
         set_pool_window(m, {3, 3, 1, 2, 0, 0, 1, 1});
       },
       kCorrupt, kOtherSize, 4},
      {"pools_twice", padded_fp32,
       [](auto& m) {
         set_pool_window(m, {3, 3, 1, 2, 0, 0, 2, 1});
         m.tensors[5]->height = 2;
       },
       kCorrupt, "a pool with a second pool fused into it", 4},
      {"padding_alone", padded_fp32,
       [](auto& m) {
         set_pool_window(m, {1, 3, 3, 2, 1, 0, 1, 1});
         set_end(max_pool(m).end_pads, 0, 1);
       },
       kCorrupt, "a pool window covers only padding", 4},
      {"work", padded_fp32,  // within all other limits
       [](auto& m) {
         m = fb::ModelT(test::tiny_model("fp32"));
         m.layers.resize(1);
         m.tensors.resize(2);
         *m.tensors[0] = *test::tiny_model("fp32").tensors[0];
         m.tensors[0]->height = m.tensors[1]->height = 1024;
         m.tensors[0]->width = m.tensors[1]->width = 1024;
         m.tensors[0]->channels = m.tensors[1]->channels = 1;
         m.window_samples = 1 << 20;
         fb::MaxPoolT op;
         op.window = std::make_unique<fb::Window>(1024, 1024, 1, 1, 512, 512, 1, 1);
         op.end_pads = std::make_unique<fb::EndPads>(511, 511);
         m.layers[0]->op.Set(std::move(op));
       },
       kUnsupported, "2^40 or more values to pool in one layer", 0},
      {"end_padding", padded_fp32, [](auto& m) { set_end(max_pool(m).end_pads, 3, 1); }, kCorrupt, kTooMuchPadding, 4},
      {"dtype", padded_fp32, [](auto& m) { m.tensors[5]->dtype = fb::DType::kI8; }, kCorrupt,
       "MaxPool must keep dtype and scale", 4},
      {"scale", padded_int8, [](auto& m) { m.tensors[5]->scale = 2; }, kCorrupt, "MaxPool must keep dtype and scale",
       4},
      {"channels", padded_int8, [](auto& m) { m.tensors[5]->channels = 35; }, kCorrupt,
       "a pool must keep the number of channels", 4},
  };
  return cases;
}

const std::vector<Broken>& int8_end_cases() {
  static const std::vector<Broken> cases = {
      {"head_dtype", softmax,
       [](auto& m) {
         m.tensors[7]->dtype = fb::DType::kI32;
         m.tensors[7]->zero_point = 0;
       },
       kCorrupt, "LinearI8 requires kI8 input and kI32 output, or kI8 output with multipliers", 6},
      {"head_no_multipliers", softmax, [](auto& m) { int8_head(m).multiplier.clear(); }, kCorrupt,
       "wrong number of multipliers", 6},
      {"head_shifts", softmax, [](auto& m) { int8_head(m).shift.push_back(0); }, kCorrupt, "wrong number of shifts", 6},
      {"head_multiplier", softmax, [](auto& m) { int8_head(m).multiplier[1] = 5; }, kCorrupt,
       "multiplier or shift out of range", 6},
      {"head_overflow", softmax, [](auto& m) { int8_head(m).shift[0] = 20; }, kCorrupt,
       "the sums of this layer overflow", 6},
      {"head_clamp", softmax,
       [](auto& m) {
         int8_head(m).minimum = 1;
         int8_head(m).maximum = 0;
       },
       kCorrupt, "minimum above maximum", 6},
      {"once_dtype", rounded_once,
       [](auto& m) {
         m.tensors[7]->dtype = fb::DType::kI32;
         m.tensors[7]->zero_point = 0;
       },
       kCorrupt, "LinearI8Once requires kI8 input and output", 6},
      {"once_weights", rounded_once, [](auto& m) { once_head(m).weights.pop_back(); }, kCorrupt,
       "wrong number of weights", 6},
      {"once_shifts", rounded_once, [](auto& m) { once_head(m).shift.clear(); }, kCorrupt, "wrong number of shifts", 6},
      {"once_overflow", rounded_once, [](auto& m) { once_head(m).shift[0] = 20; }, kCorrupt,
       "the sums of this layer overflow", 6},
      {"head_range", softmax, [](auto& m) { int8_head(m).maximum = 128; }, kCorrupt, "minimum or maximum out of range",
       6},
      {"softmax_dtype", softmax,
       [](auto& m) {
         m.tensors[8]->dtype = fb::DType::kI32;
         m.tensors[8]->zero_point = 0;
       },
       kCorrupt, "Softmax and Logistic require kI8 or kF32 input and output", 7},
      {"softmax_shape", softmax, [](auto& m) { m.tensors[8]->channels = 3; }, kCorrupt,
       "Softmax and Logistic must keep the shape", 7},
      {"softmax_scale", softmax, [](auto& m) { m.tensors[8]->scale = 1; }, kCorrupt,
       "Softmax and Logistic require output with scale 1/256 and zero point -128", 7},
      {"softmax_multiplier", softmax, [](auto& m) { softmax_of(m).multiplier = 1; }, kCorrupt,
       "multiplier or shift out of range", 7},
      {"softmax_shift", softmax, [](auto& m) { softmax_of(m).shift = -1; }, kCorrupt,
       "multiplier or shift out of range", 7},
      {"softmax_diff_min", softmax, [](auto& m) { softmax_of(m).diff_min = 1; }, kCorrupt, "diff_min out of range", 7},
      {"softmax_overflow", softmax,
       [](auto& m) {
         softmax_of(m).shift = 30;
         softmax_of(m).diff_min = -2;
       },
       kCorrupt, "the exponents of this layer overflow", 7},
      {"logistic_shift", logistic, [](auto& m) { logistic_of(m).shift = 31; }, kCorrupt,
       "multiplier or shift out of range", 7},
      {"logistic_radius", logistic, [](auto& m) { logistic_of(m).range_radius = 257; }, kCorrupt,
       "range_radius out of range", 7},
      {"logistic_overflow", logistic,
       [](auto& m) {
         logistic_of(m).shift = 28;
         logistic_of(m).range_radius = 9;
       },
       kCorrupt, "the exponents of this layer overflow", 7},
  };
  return cases;
}

// A convolution with sparse weights, which take hardly any bytes.
fb::ModelT sparse_conv(const fb::Window& window, int height, int width, int channels, int filters) {
  fb::ModelT model = test::tiny_model("int8");
  model.layers.resize(1);
  model.tensors.resize(2);
  fb::TensorT &in = *model.tensors[0], &out = *model.tensors[1];
  in.height = height;
  in.width = width;
  in.channels = channels;
  model.window_samples = height * width * channels;
  out.height =
      conv_output(height, window.kernel_h(), window.stride_h(), window.pad_h(), window.pad_h()) / window.pool_h();
  out.width =
      conv_output(width, window.kernel_w(), window.stride_w(), window.pad_w(), window.pad_w()) / window.pool_w();
  out.channels = filters;
  fb::ConvI8T op;
  op.window = std::make_unique<fb::Window>(window);
  op.sparse = std::make_unique<fb::SparseWeightsT>();
  op.sparse->entries.assign(static_cast<std::size_t>(filters) * static_cast<std::size_t>(window.kernel_h()), 0);
  op.bias.assign(static_cast<std::size_t>(filters), 0);
  op.multiplier = op.shift = op.bias;
  model.layers[0]->op.Set(std::move(op));
  return model;
}

void expect_refused(const fb::ModelT& model, const std::string& what) {
  const test::ReaderAnswer answer = test::open_bytes(serialize_unchecked(model));
  EXPECT_EQ(answer.status, kUnsupported);
  EXPECT_EQ(answer.what, what);
}

// Sparse weights take no space in a file. So the file's size does not limit what the kernels index.
TEST(CheckLimits, SizesThatNoKernelCanIndexAreRefused) {
  const std::string padded = "a padded input of more than 2^27 elements";
  expect_refused(sparse_conv({1, 1 << 20, 1, 1 << 19, 0, 1 << 20, 1, 1}, 1, 1, 4096, 1), padded);
  expect_refused(sparse_conv({1 << 14, 1 << 14, 1 << 13, 1 << 13, 1 << 14, 1 << 14, 1, 1}, 1, 1, 1, 1), padded);
  expect_refused(sparse_conv({512, 512, 512, 512, 256, 256, 1, 1}, 512, 512, 512, 1), padded);
  expect_refused(sparse_conv({1024, 1024, 1, 1, 512, 512, 1, 1}, 1024, 1024, 1, 1),
                 "2^40 or more multiplications in one layer");
}

TEST(CheckLimits, APoolOverMoreBitsThanATileHoldsIsRefused) {
  fb::ModelT model = test::tiny_model("xnor");
  model.layers.resize(2);
  model.tensors.resize(3);
  fb::TensorT &in = *model.tensors[0], &bits = *model.tensors[1], &out = *model.tensors[2];
  in.height = in.width = 479;
  in.channels = 1;
  model.window_samples = 479 * 479;
  bits.height = bits.width = 479;
  bits.channels = 33;
  out.height = out.width = 1;
  out.channels = 1;
  fb::ConvPcmT first;
  first.window = std::make_unique<fb::Window>(1, 1, 1, 1, 0, 0, 1, 1);
  first.weights.assign(33, 1);
  first.thresholds = std::make_unique<fb::ThresholdsT>();
  first.thresholds->threshold.assign(33, 0);
  model.layers[0]->op.Set(std::move(first));
  fb::ConvBitsT op;
  op.window = std::make_unique<fb::Window>(32, 32, 1, 1, 32, 32, 512, 512);
  op.weights.assign(32 * 32 * 33 / 32, 0);
  op.thresholds = std::make_unique<fb::ThresholdsT>();
  op.thresholds->threshold.assign(1, 0);
  model.layers[1]->op.Set(std::move(op));
  expect_refused(model, "a pool over more than 2^27 32-bit words");
}

const auto kWindowCase = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(EndPads, CheckWindows, testing::ValuesIn(end_pad_cases()), kWindowCase);
INSTANTIATE_TEST_SUITE_P(MaxPool, CheckWindows, testing::ValuesIn(max_pool_cases()), kWindowCase);
INSTANTIATE_TEST_SUITE_P(Int8Ends, CheckWindows, testing::ValuesIn(int8_end_cases()), kWindowCase);

fb::ModelT pools_int8() { return test::tiny_model("pools_int8"); }
fb::ModelT pools_fp32() { return test::tiny_model("pools_fp32"); }
fb::AveragePoolT& windows_of(fb::ModelT& m) { return *m.layers[1]->op.AsAveragePool(); }
fb::MeanT& mean_of(fb::ModelT& m) { return *m.layers[2]->op.AsMean(); }

const std::vector<Broken>& pool_cases() {
  static const std::vector<Broken> cases = {
      {"reshape_count", pools_int8, [](auto& m) { m.tensors[1]->channels = 3; }, kCorrupt,
       "Reshape must keep the number of values", 0},
      {"reshape_scale", pools_int8, [](auto& m) { m.tensors[1]->scale = 1; }, kCorrupt,
       "Reshape must keep dtype and scale", 0},
      {"reshape_dtype", pools_fp32, [](auto& m) { m.tensors[1]->dtype = fb::DType::kI32; }, kCorrupt,
       "Reshape must keep dtype and scale", 0},
      {"reshape_bits", [] { return test::tiny_model("xnor"); }, [](auto& m) { m.layers[1]->op.Set(fb::ReshapeT{}); },
       kCorrupt, "Reshape does not support kBits", 1},
      {"windows_and_pool", pools_int8, [](auto& m) { windows_of(m).pool_h = 1; }, kCorrupt,
       "an AveragePool with a window must have neither pool nor shift", 1},
      {"windows_dtype", pools_int8,
       [](auto& m) {
         for (const int t : {0, 1}) m.tensors[static_cast<std::size_t>(t)]->dtype = fb::DType::kI16;
         m.tensors[2]->dtype = fb::DType::kI32;
       },
       kCorrupt, "an AveragePool with a window requires kF32 or kI8", 1},
      {"windows_overflow", pools_fp32,
       [](auto& m) {
         m.layers.resize(1);
         m.tensors.resize(2);
         m.tensors[0]->height = m.tensors[0]->width = 4100;
         m.tensors[1]->height = m.tensors[1]->width = m.tensors[1]->channels = 1;
         m.window_samples = 4100 * 4100;
         fb::AveragePoolT op;
         op.window = std::make_unique<fb::Window>(4100, 4100, 1, 1, 0, 0, 1, 1);
         m.layers[0]->op.Set(std::move(op));
       },
       kCorrupt, "the sums of this layer overflow", 0},
      {"windows_size", pools_fp32, [](auto& m) { m.tensors[2]->height = 9; }, kCorrupt, kOtherSize, 1},
      {"windows_padding", pools_int8,
       [](auto& m) {
         *windows_of(m).window = {1, 2, 2, 1, 1, 0, 1, 1};
         m.tensors[2]->height = 11;
       },
       kCorrupt, "a pool window covers only padding", 1},
      {"windows_channels", pools_int8, [](auto& m) { m.tensors[2]->channels = 1; }, kCorrupt,
       "a pool must keep the number of channels", 1},
      {"windows_scale", pools_int8, [](auto& m) { m.tensors[2]->scale = 1; }, kCorrupt,
       "an int8 AveragePool must keep the scale", 1},
      {"mean_pool", pools_int8, [](auto& m) { mean_of(m).pool_w = 6; }, kCorrupt, "pool size out of range", 2},
      {"mean_zero", pools_int8, [](auto& m) { mean_of(m).pool_h = 0; }, kCorrupt, "pool size out of range", 2},
      {"mean_size", pools_int8, [](auto& m) { mean_of(m).pool_h = 5; }, kCorrupt, "output size does not match the pool",
       2},
      {"mean_multiplier", pools_int8, [](auto& m) { mean_of(m).multiplier = -1; }, kCorrupt,
       "multiplier or shift out of range", 2},
      {"mean_shift", pools_int8, [](auto& m) { mean_of(m).shift = -32; }, kCorrupt, "multiplier or shift out of range",
       2},
      {"mean_overflow", pools_int8, [](auto& m) { mean_of(m).shift = 20; }, kCorrupt, "the sums of this layer overflow",
       2},
      {"mean_dtype", pools_int8,
       [](auto& m) {
         m.tensors[3]->dtype = fb::DType::kI16;
         m.tensors[3]->zero_point = 0;
       },
       kCorrupt, "Mean requires kI8 input and output", 2},
      {"logistic_f32", pools_fp32, [](auto& m) { m.layers[3]->op.AsLogistic()->shift = 1; }, kCorrupt,
       "Softmax and Logistic of kF32 must have no parameters", 3},
      {"softmax_f32", pools_fp32, [](auto& m) { m.layers[4]->op.AsSoftmax()->diff_min = -1; }, kCorrupt,
       "Softmax and Logistic of kF32 must have no parameters", 4},
  };
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Pools, CheckWindows, testing::ValuesIn(pool_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(CheckSoftmax, TakesNoMoreChannelsThanItsSumHolds) {
  fb::ModelT model = softmax();
  model.labels.resize(4096, "class");
  int8_head(model) = fb::LinearI8T();
  int8_head(model).weights.resize(4 * 4096);
  int8_head(model).bias.resize(4096);
  int8_head(model).multiplier.resize(4096);
  int8_head(model).shift.resize(4096);
  for (const std::size_t tensor : {7, 8}) model.tensors[tensor]->channels = 4096;
  const test::ReaderAnswer answer = test::open_bytes(serialize_unchecked(model));
  EXPECT_EQ(answer.status, kUnsupported);
  EXPECT_EQ(answer.what, "a Softmax of more than 4095 channels");
}

}  // namespace
}  // namespace stapes
