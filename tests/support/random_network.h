// SPDX-License-Identifier: Apache-2.0
// random_network.h: a trained network with random but plausible weights and batch norms.
#pragma once

#include <cmath>
#include <string>

#include "base/philox.h"
#include "graph/geometry.h"
#include "graph/graph_toml.h"
#include "graph/networks.h"

namespace stapes::test {

// A network of these nodes, then a global pool and the head. `nodes` as in TOML, with a comma after each.
inline NetworkSpec spec_of_nodes(const NetworkInput& input, const std::string& nodes, int class_count = 3) {
  const std::string kind(to_string(kind_of(input)));
  NetworkSpec spec{.input = input, .class_count = class_count};
  spec.graph = parse_graph("name = \"net\"\ninput = \"" + kind + "\"\n[[block]]\nnodes = [\n" + nodes +
                               "{ name = \"pool\", op = \"global-pool\" }, { name = \"head\", op = \"linear\" } ]\n",
                           "net.toml", class_count);
  return spec;
}

class RandomNetwork {
 public:
  explicit RandomNetwork(const NetworkSpec& spec, std::uint64_t seed = 7) : random_(seed, Philox::Purpose::kTest) {
    network_.spec = spec;
    const NetworkGeometry geometry = network_geometry(spec);
    for (const ConvGeometry& g : geometry.convs) {
      const double gain = g.relu6 ? 6 : 1;  // so that a ReLU6 cuts something
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

inline constexpr int kAcdnetConvs = 12;

inline NetworkSpec acdnet_spec(AudioInput input, int class_count, const std::vector<int>& widths) {
  NetworkSpec spec = named_network("acdnet", class_count, input);
  set_widths(spec.graph, widths);
  return spec;
}

// A small one: 1800 samples at 8 kHz, 3 classes.
inline NetworkSpec small_spec(bool binary = false) {
  NetworkSpec spec = acdnet_spec({8000, 1800}, 3, {3, 6, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13});
  spec.binary = binary;
  return spec;
}

// ResNet-18 of few filters on 16 x 16 pixels in colour, 3 classes; no two widths that may differ are equal.
inline NetworkSpec small_resnet_spec(bool binary = false) {
  NetworkSpec spec = named_network("resnet18:6,5,7,9,8,10,12,11,13,15,14,33", 3, ImageSize{16, 16, 3});
  spec.binary = binary;
  return spec;
}

}  // namespace stapes::test
