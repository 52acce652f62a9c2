// SPDX-License-Identifier: Apache-2.0
#include "train/optimizer.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <type_traits>

#include "base/error.h"

namespace stapes {
namespace optim = torch::optim;
namespace {

template <class Options>
std::vector<optim::OptimizerParamGroup> parameter_groups(const TrainConfig& config, const NetworkModuleImpl& module,
                                                         const Options& options) {
  const std::vector<torch::Tensor> binary = module.binary_weights();
  const bool decays = config.rule == BinaryRule::kPaper, apart = !decays || config.binary_lr_factor != 1;
  std::vector<torch::Tensor> others, of_signs;
  for (const auto& item : module.named_parameters()) {
    const bool is_binary = std::any_of(binary.begin(), binary.end(),
                                       [&](const torch::Tensor& weight) { return item.value().is_same(weight); });
    (is_binary && apart ? of_signs : others).push_back(item.value());
  }
  std::vector<optim::OptimizerParamGroup> groups;
  groups.emplace_back(others, std::make_unique<Options>(options));
  if (of_signs.empty()) return groups;
  groups.emplace_back(of_signs, std::make_unique<Options>(options));
  if (!decays) static_cast<Options&>(groups.back().options()).weight_decay(0);
  return groups;
}

// The parameters of a group that have gradients.
template <class State>
struct Group {
  std::vector<torch::Tensor> parameters, gradients;
  std::vector<State*> states;
  bool empty() const { return parameters.empty(); }
};

// The key is the parameter's address; before libtorch 2.1, as text.
template <class States>
auto& state_of(States& states, const torch::Tensor& parameter) {
  using Key = std::remove_cv_t<decltype(states.begin()->first)>;
  if constexpr (std::is_same_v<Key, std::string>) {
    std::ostringstream address;
    address << parameter.unsafeGetTensorImpl();
    return states[address.str()];
  } else {
    return states[parameter.unsafeGetTensorImpl()];
  }
}

template <class State>
Group<State> group_of(optim::Optimizer& optimizer, const optim::OptimizerParamGroup& from) {
  Group<State> group;
  for (const torch::Tensor& parameter : from.params()) {
    if (!parameter.grad().defined()) continue;
    auto& state = state_of(optimizer.state(), parameter);
    if (!state) state = std::make_unique<State>();
    group.parameters.push_back(parameter);
    group.gradients.push_back(parameter.grad());
    group.states.push_back(static_cast<State*>(state.get()));
  }
  return group;
}

void add_decay(std::vector<torch::Tensor>& gradients, const std::vector<torch::Tensor>& parameters, double decay) {
  if (decay != 0) gradients = at::_foreach_add(gradients, parameters, decay);
}

// Adam and AdamW, which compute the same moments.
template <class State, class Options>
void adam_step(optim::Optimizer& optimizer, const optim::OptimizerParamGroup& from) {
  constexpr bool kDecoupled = std::is_same_v<State, optim::AdamWParamState>;
  const auto& options = static_cast<const Options&>(from.options());
  Group<State> group = group_of<State>(optimizer, from);
  if (group.empty()) return;
  std::vector<torch::Tensor> means, squares;
  for (std::size_t i = 0; i < group.states.size(); ++i) {
    State& state = *group.states[i];
    if (!state.exp_avg().defined()) {
      state.step(0);
      state.exp_avg(torch::zeros_like(group.parameters[i], torch::MemoryFormat::Preserve));
      state.exp_avg_sq(torch::zeros_like(group.parameters[i], torch::MemoryFormat::Preserve));
    }
    state.step(state.step() + 1);
    if (state.step() != group.states.front()->step()) {
      throw Error("the optimizer's state is damaged: some parameters have taken {} steps and others {}",
                  group.states.front()->step(), state.step());
    }
    means.push_back(state.exp_avg());
    squares.push_back(state.exp_avg_sq());
  }
  if constexpr (kDecoupled) {
    if (options.weight_decay() != 0) at::_foreach_mul_(group.parameters, 1 - options.lr() * options.weight_decay());
  } else {
    add_decay(group.gradients, group.parameters, options.weight_decay());
  }
  const auto [beta1, beta2] = options.betas();
  const auto steps = static_cast<double>(group.states.front()->step());
  at::_foreach_mul_(means, beta1);
  at::_foreach_add_(means, group.gradients, 1 - beta1);
  at::_foreach_mul_(squares, beta2);
  at::_foreach_addcmul_(squares, group.gradients, group.gradients, 1 - beta2);
  const std::vector<torch::Tensor> deviations = at::_foreach_sqrt(squares);
  at::_foreach_div_(deviations, std::sqrt(1 - std::pow(beta2, steps)));
  at::_foreach_add_(deviations, options.eps());
  at::_foreach_addcdiv_(group.parameters, means, deviations, -options.lr() / (1 - std::pow(beta1, steps)));
}

// The momentum buffers after this step; in the first step, the gradients.
std::vector<torch::Tensor> momenta(const Group<optim::SGDParamState>& group, double momentum, double dampening) {
  std::vector<torch::Tensor> old, gradients_of_old, all;
  for (std::size_t i = 0; i < group.states.size(); ++i) {
    optim::SGDParamState& state = *group.states[i];
    if (!state.momentum_buffer().defined()) {
      state.momentum_buffer(torch::clone(group.gradients[i]).detach());
    } else {
      old.push_back(state.momentum_buffer());
      gradients_of_old.push_back(group.gradients[i]);
    }
    all.push_back(state.momentum_buffer());
  }
  if (!old.empty()) {
    at::_foreach_mul_(old, momentum);
    at::_foreach_add_(old, gradients_of_old, 1 - dampening);
  }
  return all;
}

void sgd_step(optim::Optimizer& optimizer, const optim::OptimizerParamGroup& from) {
  const auto& options = static_cast<const optim::SGDOptions&>(from.options());
  Group<optim::SGDParamState> group = group_of<optim::SGDParamState>(optimizer, from);
  if (group.empty()) return;
  add_decay(group.gradients, group.parameters, options.weight_decay());
  if (options.momentum() != 0) {
    const std::vector<torch::Tensor> buffers = momenta(group, options.momentum(), options.dampening());
    group.gradients = options.nesterov() ? at::_foreach_add(group.gradients, buffers, options.momentum()) : buffers;
  }
  at::_foreach_add_(group.parameters, group.gradients, -options.lr());
}

template <class Optimizer, class Options>
std::unique_ptr<optim::Optimizer> make_adam(const TrainConfig& config, const NetworkModuleImpl& module) {
  const auto options = Options(config.learning_rate).weight_decay(config.weight_decay);
  return std::make_unique<Optimizer>(parameter_groups(config, module, options), options);
}

template <class State>
bool move_moments(optim::OptimizerParamState& state, torch::Device device) {
  auto* adam = dynamic_cast<State*>(&state);
  if (adam == nullptr) return false;
  adam->exp_avg(adam->exp_avg().to(device));
  adam->exp_avg_sq(adam->exp_avg_sq().to(device));
  return true;
}

}  // namespace

std::unique_ptr<optim::Optimizer> make_optimizer(const TrainConfig& config, const NetworkModuleImpl& module) {
  if (config.optimizer == OptimizerKind::kAdam) return make_adam<optim::Adam, optim::AdamOptions>(config, module);
  if (config.optimizer == OptimizerKind::kAdamW) return make_adam<optim::AdamW, optim::AdamWOptions>(config, module);
  const auto options = optim::SGDOptions(config.learning_rate)
                           .momentum(config.momentum)
                           .nesterov(config.nesterov && config.momentum > 0)  // requires momentum
                           .weight_decay(config.weight_decay);
  return std::make_unique<optim::SGD>(parameter_groups(config, module, options), options);
}

void step_together(optim::Optimizer& optimizer) {
  const torch::NoGradGuard no_gradient;
  for (const optim::OptimizerParamGroup& group : optimizer.param_groups()) {
    if (dynamic_cast<optim::Adam*>(&optimizer) != nullptr) {
      adam_step<optim::AdamParamState, optim::AdamOptions>(optimizer, group);
    } else if (dynamic_cast<optim::AdamW*>(&optimizer) != nullptr) {
      adam_step<optim::AdamWParamState, optim::AdamWOptions>(optimizer, group);
    } else {
      sgd_step(optimizer, group);
    }
  }
}

void move_state(optim::Optimizer& optimizer, torch::Device device) {
  for (auto& entry : optimizer.state()) {
    if (auto* sgd = dynamic_cast<optim::SGDParamState*>(entry.second.get())) {
      if (sgd->momentum_buffer().defined()) sgd->momentum_buffer(sgd->momentum_buffer().to(device));
    } else if (!move_moments<optim::AdamParamState>(*entry.second, device)) {
      move_moments<optim::AdamWParamState>(*entry.second, device);
    }
  }
}

void set_learning_rate(optim::Optimizer& optimizer, double rate, double binary_factor) {
  auto& groups = optimizer.param_groups();
  for (std::size_t i = 0; i < groups.size(); ++i) groups[i].options().set_lr(i == 1 ? rate * binary_factor : rate);
}

}  // namespace stapes
