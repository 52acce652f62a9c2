// SPDX-License-Identifier: Apache-2.0
#include "graph/random_network.h"

#include <cmath>
#include <string>
#include <utility>

#include "base/philox.h"
#include "graph/geometry.h"

namespace stapes {
namespace {

class RandomNetwork {
 public:
  RandomNetwork(const NetworkSpec& spec, std::uint64_t seed) : random_(seed, Philox::Purpose::kTest) {
    network_.spec = spec;
    const NetworkGeometry geometry = network_geometry(spec);
    for (const ConvGeometry& g : geometry.convs) {
      const double gain = g.relu6 ? 6 : 1;  // so that a ReLU6 has an effect
      add(g.name + ".weight", {g.out_channels, g.group_channels(), g.kernel_h, g.kernel_w}, 0,
          (g.binary ? gain : 1) * std::sqrt(2.0 / g.taps()));
      if (g.norm.empty()) {
        add(g.name + ".bias", {g.out_channels}, 0, 0.1);
      } else {
        add_norm(g.norm, g.norm_channels(), g.binary ? 1 : gain);
      }
      if (!g.rprelu.empty()) add_rprelu(g.rprelu, g.out_channels);
    }
    const int ins = geometry.head_inputs;
    add("head.weight", {spec.class_count, ins}, 0, std::sqrt(1.0 / ins));
    add("head.bias", {spec.class_count}, 0, 0.1);
    for (int c = 0; c < spec.class_count; ++c) network_.labels.push_back("label" + std::to_string(c));
  }

  TrainedNetwork take() && { return std::move(network_); }

 private:
  void add(const std::string& name, std::vector<std::int64_t> shape, double mean, double deviation) {
    FloatTensor& tensor = network_.tensors[name];
    std::int64_t count = 1;
    for (const std::int64_t n : shape) count *= n;
    tensor.shape = std::move(shape);
    for (std::int64_t i = 0; i < count; ++i) {
      tensor.values.push_back(static_cast<float>(mean + deviation * random_.normal()));
    }
  }
  void add_norm(const std::string& name, int channels, double gain) {
    add(name + ".weight", {channels}, gain, 0.1);
    add(name + ".bias", {channels}, 0, 0.1);
    add(name + ".running_mean", {channels}, 0, 0.1);
    add(name + ".running_var", {channels}, 1, 0.1);
  }

  void add_rprelu(const std::string& name, int channels) {
    add(name + ".threshold", {channels}, 0, 0.2);
    add(name + ".slope", {channels}, 0.25, 0.2);
    add(name + ".offset", {channels}, 0, 0.2);
  }

  Philox random_;
  TrainedNetwork network_;
};

}  // namespace

TrainedNetwork random_network(const NetworkSpec& spec, std::uint64_t seed) { return RandomNetwork(spec, seed).take(); }

}  // namespace stapes
