// SPDX-License-Identifier: Apache-2.0
#include "train/network_io.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "graph/geometry.h"

namespace stapes {
namespace {

FloatTensor to_plain(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  const float* first = flat.data_ptr<float>();
  return {tensor.sizes().vec(), std::vector<float>(first, first + flat.numel())};
}

bool is_weight(const torch::Tensor& tensor) { return tensor.is_floating_point(); }  // not num_batches_tracked

template <class Visit>
void visit_tensors(const NetworkModule& module, const Visit& visit) {
  for (const auto& item : module->named_parameters()) visit(item.key(), item.value());
  for (const auto& item : module->named_buffers()) {
    if (is_weight(item.value())) visit(item.key(), item.value());
  }
}

void copy_in(torch::Tensor target, const TensorDict& tensors, const std::string& name) {
  const FloatTensor& plain = tensors.at(name);
  if (plain.shape != target.sizes().vec()) throw Error("tensor {} has another shape than in the model", name);
  const torch::NoGradGuard no_gradient;
  target.copy_(torch::from_blob(const_cast<float*>(plain.values.data()), plain.shape, torch::kFloat32));
}

}  // namespace

TrainedNetwork to_network(const NetworkModule& module) {
  TrainedNetwork network;
  network.spec = module->spec();
  network.batch_norm_epsilon = static_cast<float>(module->options().batch_norm_epsilon);
  visit_tensors(
      module, [&](const std::string& name, const torch::Tensor& tensor) { network.tensors[name] = to_plain(tensor); });
  return network;
}

void load_network(NetworkModule& module, const TrainedNetwork& network) {
  const NetworkSpec &given = network.spec, &wanted = module->spec();
  if (!same_graph(given, wanted) || given.binary != wanted.binary || given.form != wanted.form) {
    throw Error("the initial network and the network to train differ in nodes, widths or binary options");
  }
  visit_tensors(module,
                [&](const std::string& name, const torch::Tensor& tensor) { copy_in(tensor, network.tensors, name); });
}

void warm_start_binary(NetworkModule& module, const TrainedNetwork& full_precision) {
  const NetworkSpec &given = full_precision.spec, &wanted = module->spec();
  if (given.binary || !same_graph(given, wanted)) {
    throw Error("a binary network can only start from a full-precision network of the same nodes and widths");
  }
  std::set<std::string> shared = {"head"};
  for (const ConvGeometry& conv : module->geometry().convs) {
    shared.insert(conv.name);
    if (!conv.binary) shared.insert(conv.norm);  // in both networks, this batch norm follows the convolution
  }
  visit_tensors(module, [&](const std::string& name, const torch::Tensor& tensor) {
    if (shared.contains(name.substr(0, name.find('.')))) copy_in(tensor, full_precision.tensors, name);
  });
}

}  // namespace stapes
