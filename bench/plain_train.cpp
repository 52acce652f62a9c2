// SPDX-License-Identifier: Apache-2.0
// plain_train DATA MODEL FORM EPOCHS: the usual libtorch training loop, a baseline for bench/train_bench.sh. XNOR
// weights are replaced before each forward pass and restored after backward, as in the published implementation.
// Samples, batch size, loss and kind of optimizer are those of `stapes train`. Prints clips/s of each epoch.
#include <fmt/format.h>
#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <cstdlib>

#include "data/batch_stream.h"
#include "data/selection.h"
#include "data/training_samples.h"
#include "graph/geometry.h"
#include "graph/networks.h"

namespace stapes {
namespace {

namespace nn = torch::nn;

constexpr int kBatch = 64;

struct Sign : torch::autograd::Function<Sign> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x) {
    context->save_for_backward({x});
    return x.sign();
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    torch::Tensor gradient = gradients[0].clone();
    const torch::Tensor x = context->get_saved_variables()[0];
    gradient.masked_fill_(x.ge(1), 0);
    gradient.masked_fill_(x.le(-1), 0);
    return {gradient};
  }
};

struct PlainAcdnetImpl : nn::Module {
  explicit PlainAcdnetImpl(const NetworkSpec& spec) : spec(spec), geometry(network_geometry(spec)) {
    for (std::size_t i = 0; i < geometry.convs.size(); ++i) {
      const ConvGeometry& g = geometry.convs[i];
      const auto options = nn::Conv2dOptions(g.in_channels, g.out_channels, {g.kernel_h, g.kernel_w})
                               .stride({1, g.stride_w})
                               .padding({g.pad_h, g.pad_w})
                               .bias(false);
      convs.push_back(register_module("conv" + std::to_string(i), nn::Conv2d(options)));
      norms.push_back(register_module("bn" + std::to_string(i), nn::BatchNorm2d(g.norm_channels())));
    }
    head = register_module("head", nn::Linear(geometry.convs.back().out_channels, spec.class_count));
  }

  torch::Tensor forward(torch::Tensor x) {
    for (std::size_t i = 0; i < convs.size(); ++i) {
      const ConvGeometry& g = geometry.convs[i];
      if (i == 2) x = x.permute({0, 2, 1, 3});
      if (i + 1 == convs.size()) x = torch::dropout(x, 0.2, is_training());
      if (g.binary) {
        x = torch::relu(convs[i]->forward(Sign::apply(norms[i]->forward(x))));
      } else {
        x = torch::relu(norms[i]->forward(convs[i]->forward(x)));
      }
      if (g.pool_h * g.pool_w > 1) x = torch::max_pool2d(x, {g.pool_h, g.pool_w});
    }
    return head->forward(x.mean({2, 3}));
  }

  NetworkSpec spec;
  NetworkGeometry geometry;
  std::vector<nn::Conv2d> convs;
  std::vector<nn::BatchNorm2d> norms;
  nn::Linear head{nullptr};
};
TORCH_MODULE(PlainAcdnet);

// Holds the real weights of binary layers while binary weights replace them.
class WeightSurgery {
 public:
  explicit WeightSurgery(PlainAcdnet& module) {
    for (std::size_t i = 0; i < module->convs.size(); ++i) {
      if (module->geometry.convs[i].binary) weights_.push_back(module->convs[i]->weight);
    }
  }

  void binarize() {
    const torch::NoGradGuard no_gradient;
    real_.clear();
    for (torch::Tensor& w : weights_) {
      if (w.size(1) > 1) w.sub_(w.mean(1, true));
      w.clamp_(-1, 1);
      real_.push_back(w.clone());
      w.copy_(w.abs().mean({1, 2, 3}, true) * w.sign());
    }
  }

  void restore_and_mend_gradients() {
    const torch::NoGradGuard no_gradient;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      torch::Tensor& w = weights_[i];
      w.copy_(real_[i]);
      const double count = static_cast<double>(w[0].numel());
      torch::Tensor passed = w.abs().mean({1, 2, 3}, true).expand_as(w).clone();
      passed.masked_fill_(w.abs() > 1, 0);
      const torch::Tensor sign = w.sign();
      const torch::Tensor shared = (sign * w.grad()).sum({1, 2, 3}, true) / count * sign;
      w.mutable_grad() = (passed * w.grad() + shared) * (1 - 1.0 / static_cast<double>(w.size(1))) * count;
    }
  }

 private:
  std::vector<torch::Tensor> weights_, real_;
};

std::unique_ptr<torch::optim::Optimizer> optimizer_for(PlainAcdnet& module) {
  if (module->spec.binary) {
    return std::make_unique<torch::optim::Adam>(module->parameters(),
                                                torch::optim::AdamOptions(1e-3).weight_decay(1e-4));
  }
  return std::make_unique<torch::optim::SGD>(
      module->parameters(), torch::optim::SGDOptions(0.01).momentum(0.9).weight_decay(5e-4).nesterov(true));
}

// Clips per second.
double train_epoch(PlainAcdnet& module, torch::optim::Optimizer& optimizer, const TrainingSamples& samples, int epoch) {
  const auto start = std::chrono::steady_clock::now();
  WeightSurgery surgery(module);
  BatchStream stream(samples, static_cast<std::uint32_t>(epoch), kBatch);
  Batch batch;
  int clips = 0;
  double loss_sum = 0;
  while (stream.next(batch)) {
    const torch::Tensor waves = torch::from_blob(batch.values.data(), {kBatch, 1, 1, input_values(module->spec.input)});
    const torch::Tensor targets = torch::from_blob(batch.targets.data(), {kBatch, module->spec.class_count});
    optimizer.zero_grad();
    surgery.binarize();
    torch::Tensor loss =
        torch::kl_div(torch::log_softmax(module->forward(waves), 1), targets, at::Reduction::Sum) / kBatch;
    loss.backward();
    surgery.restore_and_mend_gradients();
    optimizer.step();
    loss_sum += loss.item<double>();
    clips += batch.count;
  }
  if (!std::isfinite(loss_sum)) throw std::runtime_error("the loss is not a number: nothing to compare with");
  return clips / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void run(const std::string& data_path, const std::string& model, const std::string& form, int epochs) {
  const DataSet data(data_path);
  const ClipSet clips = without_fold(select_classes(data, "esc10"), 4);
  NetworkSpec spec =
      named_network(model, static_cast<int>(clips.labels.size()), AudioInput{clips.sample_rate_hz, 30225});
  spec.binary = form == "xnor";
  torch::manual_seed(1);
  at::globalContext().setFlushDenormal(true);
  PlainAcdnet module(spec);
  const auto optimizer = optimizer_for(module);
  const TrainingSamples samples(clips, {.window_samples = input_values(spec.input)}, 1);
  for (int epoch = 0; epoch < epochs; ++epoch) {
    fmt::print("{:.2f}\n", train_epoch(module, *optimizer, samples, epoch));
  }
}

}  // namespace
}  // namespace stapes

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: plain_train DATA MODEL fp32|xnor EPOCHS\n");
    return 2;
  }
  try {
    stapes::run(argv[1], argv[2], argv[3], std::atoi(argv[4]));
  } catch (const std::exception& error) {
    fmt::print(stderr, "plain_train: {}\n", error.what());
    return 1;
  }
}
