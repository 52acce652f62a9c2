// SPDX-License-Identifier: Apache-2.0
// onnx_network.h: the layers of a float .onnx file as a trained network.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "graph/network.h"
#include "import/onnx/onnx_import.h"

namespace stapes {

struct OnnxNetworkOptions {
  std::string name = "imported";  // of the graph
  GraphInput input = GraphInput::kFeatures;
  int sample_rate_hz = 0;  // of audio
};

struct OnnxNetwork {
  TrainedNetwork network;
  std::vector<std::pair<std::string, std::string>> nodes;  // (node of the network, node of the file)
};

// Throws Error if the layers do not form a network or the input does not fit `options.input`.
OnnxNetwork network_of(const OnnxImport& imported, const OnnxNetworkOptions& options);

}  // namespace stapes
