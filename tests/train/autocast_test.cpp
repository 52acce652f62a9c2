// SPDX-License-Identifier: Apache-2.0
#include "train/autocast.h"

#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/random_network.h"
#include "train/modules/network_module.h"

namespace stapes {
namespace {

// While it exists, records the inputs of its thread's convolutions.
class ConvolutionInputs {
 public:
  ConvolutionInputs() {
    seen.clear();
    handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(see).needsInputs(true));
  }
  ~ConvolutionInputs() { at::removeCallback(handle_); }
  std::int64_t count(torch::ScalarType type) const { return std::count(seen.begin(), seen.end(), type); }

 private:
  static std::unique_ptr<at::ObserverContext> see(const at::RecordFunction& call) {
    if (std::string(call.name()) == "aten::convolution") seen.push_back(call.inputs()[0].toTensor().scalar_type());
    return nullptr;
  }
  static inline std::vector<torch::ScalarType> seen;
  at::CallbackHandle handle_;
};

torch::Tensor convolution() { return torch::conv2d(torch::ones({1, 1, 4, 4}), torch::ones({1, 1, 2, 2})); }

TEST(Autocast, LastsAsLongAsItsScopeAndNests) {
  EXPECT_EQ(convolution().scalar_type(), torch::kFloat32);
  {
    const Autocast on(torch::kCPU, true);
    EXPECT_EQ(convolution().scalar_type(), torch::kBFloat16);
    {
      const Autocast off(torch::kCPU, false);
      EXPECT_EQ(convolution().scalar_type(), torch::kFloat32);
    }
    EXPECT_EQ(convolution().scalar_type(), torch::kBFloat16);
  }
  EXPECT_EQ(convolution().scalar_type(), torch::kFloat32);
}

// conv1 and conv2 use our own kernels for rows. Of the others, only conv3 and conv12 are not binary.
TEST(Autocast, LeavesBinaryConvolutionsInFloat32) {
  NetworkSpec spec = test::acdnet_spec({8000, 2000}, 3, {6, 12, 8, 8, 8, 12, 12, 12, 12, 16, 16, 16});
  spec.binary = true;
  spec.form.keep_8_bit = {"conv3", "conv12"};
  torch::manual_seed(1);
  NetworkModule module(spec, ModuleOptions{});
  module->train();
  module->prepare_step();
  const torch::Tensor waves = torch::randn({4, 1, 1, 2000}) * 0.2;
  torch::Tensor logits;
  {
    const ConvolutionInputs inputs;
    const Autocast on(torch::kCPU, true);
    logits = module->forward(waves);
    EXPECT_EQ(inputs.count(torch::kBFloat16), 2);
    EXPECT_EQ(inputs.count(torch::kFloat32), 8);
  }
  logits.to(torch::kFloat32).sum().backward();
  for (const torch::Tensor& parameter : module->parameters()) {
    ASSERT_TRUE(parameter.grad().defined());
    EXPECT_EQ(parameter.grad().scalar_type(), torch::kFloat32);
    EXPECT_TRUE(parameter.grad().isfinite().all().item<bool>());
  }
}

}  // namespace
}  // namespace stapes
