// SPDX-License-Identifier: Apache-2.0
#include "train/weight_average.h"

#include <algorithm>

namespace stapes {
namespace {

template <class Visit>
void for_each_batch_norm(NetworkModule& module, const Visit& visit) {
  for (const auto& part : module->modules(/*include_self=*/false)) {
    if (auto* norm = part->as<torch::nn::BatchNorm2d>()) visit(*norm);
  }
}

}  // namespace

WeightAverage::WeightAverage(const NetworkSpec& spec, const ModuleOptions& options, double decay)
    : average_(spec, options), decay_(decay) {
  for (torch::Tensor& parameter : average_->parameters()) parameter.requires_grad_(false);
  for_each_batch_norm(average_, [](torch::nn::BatchNorm2dImpl& norm) {
    norm.options.momentum(c10::nullopt);  // statistics are the plain mean over batches
  });
  average_->eval();
}

void WeightAverage::update(const NetworkModule& module) {
  const torch::NoGradGuard no_gradient;
  const double t = static_cast<double>(steps_);
  const double decay = steps_ == 0 ? 0 : std::min(decay_, (1 + t) / (10 + t));
  const std::vector<torch::Tensor> average = average_->parameters(), weights = module->parameters();
  at::_foreach_mul_(average, decay);
  at::_foreach_add_(average, weights, 1 - decay);
  ++steps_;
}

void WeightAverage::measure_batch_norms(const std::function<torch::Tensor()>& next) {
  const torch::NoGradGuard no_gradient;
  average_->clamp_batch_norms();
  // Only batch norms are in training mode: no dropout, and signs as in evaluation.
  for_each_batch_norm(average_, [](torch::nn::BatchNorm2dImpl& norm) {
    norm.reset_running_stats();
    norm.train();
  });
  for (torch::Tensor inputs = next(); inputs.defined(); inputs = next()) average_->forward(inputs);
  average_->eval();
}

void WeightAverage::save(torch::serialize::OutputArchive& archive) const {
  torch::serialize::OutputArchive network;
  average_->save(network);
  archive.write("network", network);
  archive.write("steps", c10::IValue(steps_));
}

void WeightAverage::load(torch::serialize::InputArchive& archive) {
  torch::serialize::InputArchive network;
  archive.read("network", network);
  average_->load(network);
  c10::IValue steps;
  archive.read("steps", steps);
  steps_ = steps.toInt();
}

}  // namespace stapes
