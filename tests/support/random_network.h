// SPDX-License-Identifier: Apache-2.0
// random_network.h: small networks, and random weights for them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "graph/graph_toml.h"
#include "graph/networks.h"
#include "graph/random_network.h"

namespace stapes::test {

// `nodes` (as in TOML, each followed by a comma), a global pool and the head.
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
  explicit RandomNetwork(const NetworkSpec& spec, std::uint64_t seed = 7) : network_(random_network(spec, seed)) {}
  TrainedNetwork take() && { return std::move(network_); }

 private:
  TrainedNetwork network_;
};

inline constexpr int kAcdnetConvs = 12;

inline NetworkSpec acdnet_spec(AudioInput input, int class_count, const std::vector<int>& widths) {
  NetworkSpec spec = named_network("acdnet", class_count, input);
  set_widths(spec.graph, widths);
  return spec;
}

// 1800 samples at 8 kHz, 3 classes.
inline NetworkSpec small_spec(bool binary = false) {
  NetworkSpec spec = acdnet_spec({8000, 1800}, 3, {3, 6, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13});
  spec.binary = binary;
  return spec;
}

// A narrow ResNet-18 on 16 x 16 color pixels, 3 classes. Widths differ wherever they may.
inline NetworkSpec small_resnet_spec(bool binary = false) {
  NetworkSpec spec = named_network("resnet18:6,5,7,9,8,10,12,11,13,15,14,33", 3, ImageSize{16, 16, 3});
  spec.binary = binary;
  return spec;
}

}  // namespace stapes::test
