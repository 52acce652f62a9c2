// SPDX-License-Identifier: Apache-2.0
#include "graph/network.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "graph/binary_form.h"
#include "graph/geometry.h"

namespace stapes {
namespace {

using Shape = std::vector<std::int64_t>;

void check_tensor(const TensorDict& tensors, const std::string& name, const Shape& shape) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw Error("the network has no tensor {} of shape {}", name, fmt::join(shape, "x"));
  const FloatTensor& tensor = found->second;
  if (tensor.shape != shape) {
    throw Error("tensor {} has shape {}; expected {}", name, fmt::join(tensor.shape, "x"), fmt::join(shape, "x"));
  }
  std::int64_t count = 1;
  for (const std::int64_t n : shape) count *= n;
  if (static_cast<std::int64_t>(tensor.values.size()) != count) {
    throw Error("tensor {} holds {} values, but its shape {} needs {}", name, tensor.values.size(),
                fmt::join(shape, "x"), count);
  }
  if (!std::all_of(tensor.values.begin(), tensor.values.end(), [](float v) { return std::isfinite(v); })) {
    throw Error("tensor {} holds a NaN or an infinity: training diverged or the file is damaged", name);
  }
}

void check_batch_norm(const TensorDict& tensors, const std::string& name, int channels) {
  for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
    check_tensor(tensors, name + part, {channels});
  }
  for (const float variance : tensors.at(name + ".running_var").values) {
    if (variance < 0) throw Error("tensor {}.running_var holds a negative variance", name);
  }
}

}  // namespace

void check_tensors(const TrainedNetwork& network) {
  const NetworkSpec& spec = network.spec;
  check_form(spec);
  const NetworkGeometry geometry = network_geometry(spec);
  for (const ConvGeometry& conv : geometry.convs) {
    check_tensor(network.tensors, conv.name + ".weight",
                 {conv.out_channels, conv.group_channels(), conv.kernel_h, conv.kernel_w});
    if (conv.norm.empty()) {
      check_tensor(network.tensors, conv.name + ".bias", {conv.out_channels});
    } else {
      check_batch_norm(network.tensors, conv.norm, conv.norm_channels());
    }
    if (conv.rprelu.empty()) continue;
    for (const char* part : {".threshold", ".slope", ".offset"}) {
      check_tensor(network.tensors, conv.rprelu + part, {conv.out_channels});
    }
  }
  check_tensor(network.tensors, "head.weight", {spec.class_count, geometry.head_inputs});
  check_tensor(network.tensors, "head.bias", {spec.class_count});
  if (network.labels.size() != static_cast<std::size_t>(spec.class_count)) {
    throw Error("the number of labels, {}, differs from the number of classes, {}", network.labels.size(),
                spec.class_count);
  }
}

}  // namespace stapes
