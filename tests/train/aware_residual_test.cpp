// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "compress/quantize.h"
#include "data/images/image_samples.h"
#include "kernels/add/add.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/front_end.h"
#include "runtime/host_classifier.h"
#include "support/calibration_windows.h"
#include "support/layer_by_layer.h"
#include "support/tiny_residual_models.h"
#include "train/aware_training.h"
#include "train/modules/aware_module.h"

namespace stapes {
namespace {

namespace fb = packed::fb;
using test::noise;

constexpr int kResidualWindows = 8;

// [H][W][C] samples as network input.
torch::Tensor planes(const std::vector<std::int16_t>& image) {
  const torch::Tensor values = torch::tensor(std::vector<float>(image.begin(), image.end())) / 32768;
  return values.reshape({1, 10, 10, 2}).permute({0, 3, 1, 2}).contiguous();
}

// In steps of the tensor's grid, [H][W][C] as in the kernels.
std::vector<int> steps_of(const torch::Tensor& values, const fb::TensorT& tensor) {
  const torch::Tensor steps = (values / double{tensor.scale}).round() + tensor.zero_point;
  const torch::Tensor inner = steps.permute({0, 2, 3, 1}).contiguous();
  return {inner.data_ptr<float>(), inner.data_ptr<float>() + inner.numel()};
}

struct ResidualForm {
  const char* name;
  QuantizeOptions options;
};
class AwareResidual : public testing::TestWithParam<ResidualForm> {};
INSTANTIATE_TEST_SUITE_P(
    Forms, AwareResidual,
    testing::Values(ResidualForm{"perChannel", {}}, ResidualForm{"perTensor", {.weights = WeightScales::kPerTensor}},
                    ResidualForm{"inputOf8Bits", {.input_bits = 8}},
                    ResidualForm{"someInFloat", {.keep_fp32 = {"stem", "block2conv1", "block2conv2"}}}),
    [](const auto& form) { return std::string(form.param.name); });

// Measured: none of 56,000 values differs. On other processors, float32 sums may differ in the last bit.
TEST_P(AwareResidual, GivesWhatTheIntegerKernelsGive) {
  const QuantizeOptions& options = GetParam().options;
  const fb::ModelT fp32 = test::tiny_residual_fp32();
  const fb::ModelT int8 = quantize_post_training(fp32, noise(20, fp32.window_samples), options);
  const ModelFile file(serialize_model(int8), "test");
  AwareNetwork network(fp32, int8, options.weights);
  const torch::NoGradGuard no_gradient;
  std::size_t values = 0, different = 0;
  int most = 0;
  for (std::uint32_t i = 200; i < 200 + kResidualWindows; ++i) {
    const std::vector<std::int16_t> window = test::noise_window(i, fp32.window_samples);
    const fb::Tensor& input = *file.model().tensors()->Get(0);
    std::vector<std::byte> bytes(tensor_bytes(input));
    load_samples({.pcm = window.data()}, 0, window.size(), sample_format(input), bytes.data());
    const auto want = test::run_layer_by_layer(file.model(), bytes, Cpu::having(Isa::kScalar));
    const std::vector<torch::Tensor> got = network->layer_outputs(planes(window));
    for (std::size_t l = 0; l + 1 < got.size(); ++l) {  // the head's scores are not rounded
      const auto output = static_cast<std::size_t>(int8.layers[l]->output);
      if (int8.tensors[output]->dtype != fb::DType::kI8) continue;
      const std::vector<int> steps = steps_of(got[l], *int8.tensors[output]);
      const auto exact = test::values_of<std::int8_t>(want[output]);
      ASSERT_EQ(steps.size(), exact.size()) << int8.layers[l]->name;
      for (std::size_t k = 0; k < steps.size(); ++k) {
        values += 1;
        different += steps[k] != exact[k];
        most = std::max(most, std::abs(steps[k] - exact[k]));
      }
    }
  }
  EXPECT_LE(most, 1);
  EXPECT_LE(static_cast<double>(different), 1e-3 * static_cast<double>(values)) << values;
}

TEST(AwareNetwork, WithoutGridsAResidualNetworkIsItself) {
  const fb::ModelT fp32 = test::tiny_residual_fp32();
  AwareNetwork network(fp32, fp32, WeightScales::kPerChannel);
  HostClassifier classifier(std::make_shared<ModelFile>(serialize_model(fp32), "test"));
  const torch::NoGradGuard no_gradient;
  const std::vector<std::int16_t> window = test::noise_window(1, fp32.window_samples);
  const std::vector<float> want = classifier.run_pcm(window);
  const torch::Tensor got = network->forward(planes(window));
  for (std::size_t c = 0; c < want.size(); ++c) {
    EXPECT_NEAR(got[0][static_cast<std::int64_t>(c)].item<float>(), want[c], 1e-4);
  }
}

struct AllPairs {
  static constexpr int kCount = 1 << 16;
  std::vector<std::int8_t> a, b;
  AllPairs() {
    for (int i = 0; i < kCount; ++i) {
      a.push_back(static_cast<std::int8_t>(i / 256 - 128));
      b.push_back(static_cast<std::int8_t>(i % 256 - 128));
    }
  }
  static torch::Tensor real(const std::vector<std::int8_t>& q, const ActivationGrid& grid) {
    std::vector<float> values;
    for (const std::int8_t v : q) values.push_back(static_cast<float>(grid.scale * double(v - grid.zero_point)));
    return torch::tensor(values).reshape({1, 1, 256, 256});
  }
};

GridAddition some_addition(bool relu) {
  const auto tensor = [](float scale, int zero_point) {
    fb::TensorT made;
    made.dtype = fb::DType::kI8;
    made.scale = scale;
    made.zero_point = zero_point;
    return made;
  };
  const fb::TensorT a = tensor(0.031f, -100), b = tensor(0.007f, 12), out = tensor(0.013f, -20);
  fb::AddF32T add;
  add.relu = relu;
  const fb::AddI8T op = quantize_add(add, a, b, out);
  const auto grid = [](const fb::TensorT& t) { return ActivationGrid{double{t.scale}, t.zero_point}; };
  return {.a = grid(a),
          .b = grid(b),
          .out = {double{out.scale}, out.zero_point, op.minimum, op.maximum},
          .from_a = {op.multiplier_a, op.shift_a},
          .from_b = {op.multiplier_b, op.shift_b},
          .to_out = {op.multiplier, op.shift},
          .relu = relu};
}

TEST(AddOnGrid, GivesEveryPairWhatTheKernelGives) {
  const AllPairs pairs;
  for (const bool relu : {false, true}) {
    const GridAddition how = some_addition(relu);
    const auto branch = [](const ActivationGrid& grid, const FixedPointFactor& factor) {
      return AddI8Branch{static_cast<std::int32_t>(grid.zero_point), factor.multiplier, factor.shift};
    };
    std::vector<std::int8_t> want(AllPairs::kCount);
    add_i8_scalar({.input = pairs.a.data(),
                   .other = pairs.b.data(),
                   .output = want.data(),
                   .count = AllPairs::kCount,
                   .a = branch(how.a, how.from_a),
                   .b = branch(how.b, how.from_b),
                   .multiplier = how.to_out.multiplier,
                   .shift = how.to_out.shift,
                   .out_zero_point = static_cast<std::int32_t>(how.out.zero_point),
                   .minimum = how.out.lowest,
                   .maximum = how.out.highest});
    const torch::Tensor got = add_on_grid(AllPairs::real(pairs.a, how.a), AllPairs::real(pairs.b, how.b), how);
    EXPECT_TRUE(torch::equal(got, AllPairs::real(want, how.out))) << relu;
  }
}

TEST(AddOnGrid, PassesGradientsWhereNothingIsCutOff) {
  const AllPairs pairs;
  for (const bool relu : {false, true}) {
    const GridAddition how = some_addition(relu);
    const torch::Tensor a = AllPairs::real(pairs.a, how.a).requires_grad_();
    const torch::Tensor b = AllPairs::real(pairs.b, how.b).requires_grad_();
    add_on_grid(a, b, how).sum().backward();
    EXPECT_TRUE(torch::equal(a.grad(), b.grad()));
    const torch::NoGradGuard no_gradient;
    const torch::Tensor steps = (a + b) / how.out.scale + static_cast<double>(how.out.zero_point);
    const double low = relu ? static_cast<double>(how.out.zero_point) : -128.5, near = 1e-3;
    const torch::Tensor inside = (steps > low + near).logical_and(steps < 127.5 - near);
    const torch::Tensor outside = (steps < low - near).logical_or(steps > 127.5 + near);
    EXPECT_TRUE((a.grad().masked_select(inside) == 1).all().item<bool>());
    EXPECT_TRUE((a.grad().masked_select(outside) == 0).all().item<bool>());
    EXPECT_GT(outside.sum().item<int>(), 1000);
  }
}

// Noise with a brighter left or right half, learned in a few epochs.
struct TwoSides {
  std::vector<std::vector<std::int16_t>> pixels;
  ClipSet set{.clips = {}, .labels = {"yes", "no"}, .image = ImageSize{10, 10, 2}};

  explicit TwoSides(int count) {
    for (int i = 0; i < count; ++i) {
      std::vector<std::int16_t>& image = pixels.emplace_back(test::noise_window(static_cast<std::uint32_t>(i), 200));
      for (std::size_t at = 0; at < image.size(); ++at) {
        const bool left = at / 2 % 10 < 5;
        image[at] =
            static_cast<std::int16_t>(std::clamp(image[at] / 2 + (left == (i % 2 == 0) ? 8000 : -8000), -32768, 32767));
      }
    }
    for (int i = 0; i < count; ++i) {
      set.clips.push_back(
          {.samples = pixels[static_cast<std::size_t>(i)], .label = i % 2, .fold = 1, .name = "c", .source = "s"});
    }
  }
};

TEST(AwareTraining, TheLossOfAResidualNetworkFallsOnImages) {
  const TwoSides images(64);
  const ImageSamples samples(images.set, {.pad = 1, .max_rotation_degrees = 5, .flip = false}, 3);
  const fb::ModelT fp32 = test::tiny_residual_fp32();
  const fb::ModelT int8 = quantize_post_training(fp32, [&](const auto& use) {
    for (const auto& image : images.pixels) use(image);
  });
  std::vector<double> losses;  // measured: 0.61 down to 0.15
  const fb::ModelT trained =
      train_quantization_aware(fp32, int8, WeightScales::kPerChannel, samples,
                               {.epochs = 6, .batch_size = 8, .learning_rate = 0.02, .teacher_weight = 0, .threads = 1},
                               [&](const AwareEpoch& epoch) { losses.push_back(epoch.loss); });
  EXPECT_LT(losses.back(), 0.5 * losses.front());
  for (std::size_t l = 0; l < trained.layers.size(); ++l) {
    const auto* before = fp32.layers[l]->op.AsConvF32();
    if (before == nullptr) continue;
    EXPECT_NE(trained.layers[l]->op.AsConvF32()->weights, before->weights) << trained.layers[l]->name;
  }
  const fb::ModelT after = quantize_on_grids_of(int8, trained, WeightScales::kPerChannel);
  HostClassifier classifier(std::make_shared<ModelFile>(serialize_model(after), "test"));
  int right = 0;
  for (std::size_t i = 0; i < images.pixels.size(); ++i) {
    const std::vector<float> scores = classifier.run_pcm(images.pixels[i]);
    right += (scores[1] > scores[0]) == (i % 2 == 1);
  }
  EXPECT_GE(right, 60);
}

TEST(AwareTraining, SamplesOfAnotherSizeAreRefused) {
  const TwoSides images(4);
  const ImageSamples samples(images.set, {.pad = 1}, 3);
  fb::ModelT fp32 = test::tiny_residual_fp32();
  fp32.tensors.front()->height = 11;
  EXPECT_THROW(train_quantization_aware(fp32, fp32, WeightScales::kPerChannel, samples, {}, {}), Error);
}

}  // namespace
}  // namespace stapes
