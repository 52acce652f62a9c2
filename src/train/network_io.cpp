#include "train/network_io.h"

#include <algorithm>
#include <functional>

#include "base/error.h"

namespace stapes {
namespace {

FloatTensor to_plain(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  const float* first = flat.data_ptr<float>();
  return {tensor.sizes().vec(), std::vector<float>(first, first + flat.numel())};
}

bool is_weight(const torch::Tensor& tensor) { return tensor.is_floating_point(); }  // not num_batches_tracked

template <class Visit>
void visit_tensors(const Acdnet& module, const Visit& visit) {
  for (const auto& item : module->named_parameters()) visit(item.key(), item.value());
  for (const auto& item : module->named_buffers()) {
    if (is_weight(item.value())) visit(item.key(), item.value());
  }
}

void copy_in(torch::Tensor target, const TensorDict& tensors, const std::string& name) {
  const FloatTensor& plain = tensors.at(name);
  if (plain.shape != target.sizes().vec()) throw Error("tensor {} has another shape than the model", name);
  const torch::NoGradGuard no_gradient;
  target.copy_(torch::from_blob(const_cast<float*>(plain.values.data()), plain.shape, torch::kFloat32));
}

}  // namespace

TrainedNetwork to_network(const Acdnet& module) {
  TrainedNetwork network;
  network.spec = module->spec();
  network.batch_norm_epsilon = static_cast<float>(module->options().batch_norm_epsilon);
  visit_tensors(
      module, [&](const std::string& name, const torch::Tensor& tensor) { network.tensors[name] = to_plain(tensor); });
  return network;
}

void load_network(Acdnet& module, const TrainedNetwork& network) {
  if (network.spec.widths != module->spec().widths || network.spec.binary != module->spec().binary ||
      network.spec.form != module->spec().form) {
    throw Error("the network to start from has other widths or another form than the model to train");
  }
  visit_tensors(module,
                [&](const std::string& name, const torch::Tensor& tensor) { copy_in(tensor, network.tensors, name); });
}

void warm_start_binary(Acdnet& module, const TrainedNetwork& full_precision) {
  if (full_precision.spec.binary || full_precision.spec.widths != module->spec().widths) {
    throw Error("a binary network starts from a full-precision one of the same widths");
  }
  const auto keeps_its_norm = [&](const std::string& name) {  // that of "bnK.": it follows the convolution in both
    return !module->is_binary(std::stoi(name.substr(2)) - 1);
  };
  visit_tensors(module, [&](const std::string& name, const torch::Tensor& tensor) {
    const bool shared =
        name.starts_with("conv") || name.starts_with("head.") || (name.starts_with("bn") && keeps_its_norm(name));
    if (shared) copy_in(tensor, full_precision.tensors, name);
  });
}

}  // namespace stapes
