// SPDX-License-Identifier: Apache-2.0
#include "train/evaluate_module.h"

#include "train/threads.h"
#include "train/trainer_fixture.h"

namespace stapes {
namespace {

class EvaluateModuleTest : public TrainerFixture {
 protected:
  EvaluateModuleTest() { torch::manual_seed(1); }
  ~EvaluateModuleTest() override { use_threads(before_); }

  const int before_ = at::get_num_threads();
};

TEST_F(EvaluateModuleTest, ANetworkDoesNotDivergeFromItself) {
  NetworkModule network(config().spec, ModuleOptions{}), other(config().spec, ModuleOptions{});
  EXPECT_EQ(mean_divergence(network, network, test_, Protocol::kTenCrops), 0);
  EXPECT_GT(mean_divergence(network, other, test_, Protocol::kSingleWindow), 0);
}

TEST_F(EvaluateModuleTest, IsTheSameOnAnyNumberOfThreads) {
  for (const bool binary : {false, true}) {
    NetworkModule network(config(binary).spec, ModuleOptions{}), other(config(binary).spec, ModuleOptions{});
    use_threads(1);
    const Evaluation one = evaluate_module(network, test_, Protocol::kTenCrops);
    const double divergence = mean_divergence(network, other, test_, Protocol::kTenCrops);
    for (const int threads : {2, 5}) {
      use_threads(threads);
      EXPECT_EQ(evaluate_module(network, test_, Protocol::kTenCrops).confusion(), one.confusion()) << threads;
      EXPECT_NEAR(mean_divergence(network, other, test_, Protocol::kTenCrops), divergence, 1e-6 * divergence)
          << threads;
    }
  }
}

}  // namespace
}  // namespace stapes
