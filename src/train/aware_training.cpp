// SPDX-License-Identifier: Apache-2.0
#include "train/aware_training.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "data/batch_stream.h"
#include "packed/writer.h"
#include "train/kl_loss.h"
#include "train/modules/aware_module.h"
#include "train/threads.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

constexpr double kSizeOfZeros = 1e-3;  // used as the size of all-zero biases
constexpr double kAveragedShare = 20;  // averages about the last twentieth of the steps; no average below 20 steps

void check(const AwareTraining& training) {
  if (training.epochs < 1) throw UsageError("--epochs is {}; expected at least 1", training.epochs);
  if (training.batch_size < 1) throw UsageError("--batch is {}; expected at least 1", training.batch_size);
  if (!(training.learning_rate > 0 && training.learning_rate < 10)) {
    throw UsageError("--lr is {}; expected a number above 0 and below 10", training.learning_rate);
  }
  if (!(training.teacher_weight >= 0 && training.teacher_weight <= 1)) {
    throw UsageError("--teacher-weight is {}; expected 0 to 1", training.teacher_weight);
  }
}

// [channels][height][width]: a wave is one row of one plane.
std::vector<std::int64_t> input_shape(const fb::ModelT& model, const SampleSource& samples) {
  const fb::TensorT& input = *model.tensors.front();
  const std::int64_t values = std::int64_t{input.channels} * input.height * input.width;
  if (values != static_cast<std::int64_t>(samples.values_per_sample())) {
    throw Error("the network takes {} values, but a training sample has {}", values, samples.values_per_sample());
  }
  return {input.channels, input.height, input.width};
}

class Training {
 public:
  Training(const fb::ModelT& fp32, const fb::ModelT& int8, WeightScales scales, const SampleSource& samples,
           const AwareTraining& settings)
      : settings_(settings),
        samples_(samples),
        input_shape_(input_shape(fp32, samples)),
        network_(fp32, int8, scales),
        teacher_(fp32, fp32, scales),
        average_(fp32, int8, scales),
        sizes_(sizes_of(network_->parameters())),
        optimizer_(one_group_each(network_->parameters()), torch::optim::AdamOptions(settings.learning_rate)) {}

  double epoch(int index) {
    const auto batches = static_cast<double>(samples_.batches_per_epoch(settings_.batch_size));
    BatchStream stream(samples_, static_cast<std::uint32_t>(index), settings_.batch_size);
    Batch batch;
    double loss = 0;
    for (int done = 0; stream.next(batch); ++done) {
      const double progress = (index + done / batches) / settings_.epochs;
      set_learning_rate(settings_.learning_rate * (0.5 + 0.5 * std::cos(std::numbers::pi * progress)));
      loss += step(batch) / batches;
    }
    return loss;
  }

  const AwareNetwork& network() const { return network_; }
  const AwareNetwork& average() const { return average_; }

 private:
  static std::vector<double> sizes_of(const std::vector<torch::Tensor>& tensors) {
    std::vector<double> sizes;
    for (const torch::Tensor& tensor : tensors) {
      const double size = tensor.detach().square().mean().sqrt().item<double>();
      sizes.push_back(size > 0 ? size : kSizeOfZeros);
    }
    return sizes;
  }

  static std::vector<torch::optim::OptimizerParamGroup> one_group_each(const std::vector<torch::Tensor>& tensors) {
    std::vector<torch::optim::OptimizerParamGroup> groups;
    for (const torch::Tensor& tensor : tensors) groups.emplace_back(std::vector<torch::Tensor>{tensor});
    return groups;
  }

  void set_learning_rate(double relative) {
    for (std::size_t i = 0; i < sizes_.size(); ++i) optimizer_.param_groups()[i].options().set_lr(relative * sizes_[i]);
  }

  double step(Batch& batch) {
    const auto classes = static_cast<std::int64_t>(samples_.class_count());
    const torch::Tensor inputs =
        torch::from_blob(batch.values.data(), {batch.count, input_shape_[0], input_shape_[1], input_shape_[2]});
    torch::Tensor wanted = torch::from_blob(batch.targets.data(), {batch.count, classes});
    if (settings_.teacher_weight > 0) {
      const torch::NoGradGuard no_gradient;
      wanted = settings_.teacher_weight * torch::softmax(teacher_->forward(inputs), 1) +
               (1 - settings_.teacher_weight) * wanted;
    }
    optimizer_.zero_grad();
    torch::Tensor loss = kl_loss(network_->forward(inputs), wanted);
    loss.backward();
    optimizer_.step();
    add_to_average();
    const double value = loss.item<double>();
    if (!std::isfinite(value)) throw Error("training diverged: the loss is {}; use a lower --lr", value);
    return value;
  }

  void add_to_average() {
    const torch::NoGradGuard no_gradient;
    const double t = steps_++;
    const double all = static_cast<double>(samples_.batches_per_epoch(settings_.batch_size)) * settings_.epochs;
    const double decay = std::clamp(1 - kAveragedShare / all, 0.0, (1 + t) / (10 + t));
    const std::vector<torch::Tensor> average = average_->parameters();
    at::_foreach_mul_(average, decay);
    at::_foreach_add_(average, network_->parameters(), 1 - decay);
  }

  const AwareTraining& settings_;
  const SampleSource& samples_;
  std::vector<std::int64_t> input_shape_;  // [channels][height][width]
  AwareNetwork network_, teacher_, average_;
  std::vector<double> sizes_;  // root mean square of each tensor at the start
  torch::optim::Adam optimizer_;
  int steps_ = 0;
};

}  // namespace

fb::ModelT train_quantization_aware(const fb::ModelT& fp32, const fb::ModelT& int8, WeightScales scales,
                                    const SampleSource& samples, const AwareTraining& settings,
                                    const AwareObserver& observer) {
  check(settings);
  at::globalContext().setFlushDenormal(true);
  use_threads(settings.threads);
  Training training(fp32, int8, scales, samples, settings);
  fb::ModelT trained = copy_model(fp32), average = copy_model(fp32);
  for (int epoch = 0; epoch < settings.epochs; ++epoch) {
    const double loss = training.epoch(epoch);
    training.network()->write_to(trained);
    training.average()->write_to(average);
    if (observer) observer({epoch + 1, loss, trained, average});
  }
  return trained;
}

}  // namespace stapes
