// SPDX-License-Identifier: Apache-2.0
// network.h: a network before and after training, without libtorch.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "graph/network_input.h"
#include "graph/tensor_dict.h"

namespace stapes {

// The layers of a binary (XNOR) network. The defaults are the published form.
struct BinaryForm {
  std::vector<std::string> keep_8_bit = {};  // convolutions with 8-bit weights and real inputs
  bool scaled = true;                        // alpha = mean |W| per filter; otherwise sums are unscaled
  bool rprelu = false;     // RPReLU instead of ReLU before a sign (arXiv:2003.03488); batch norm replaces RSign
  bool shortcuts = false;  // identity shortcuts around size-preserving binary convolutions; missing channels are 0
                           // (arXiv:1808.00278)

  bool operator==(const BinaryForm&) const = default;
};

struct NetworkSpec {
  NetworkInput input = AudioInput{};
  int class_count = 50;
  Graph graph = {};
  bool binary = false;   // XNOR form: batch norm, sign and convolution instead of convolution and batch norm
  BinaryForm form = {};  // of a binary network
};

// Whether nodes and widths are equal.
inline bool same_graph(const NetworkSpec& a, const NetworkSpec& b) {
  return a.graph.nodes == b.graph.nodes && a.graph.widths == b.graph.widths;
}

// Tensors:
//   convolution NODE  NODE.weight [out][in / groups][kh][kw]; NODE.bias [out] if there is no batch norm
//   batch norm        weight, bias, running_mean, running_var [norm_channels], prefixed with norm_name()
//   RPReLU            threshold, slope, offset [out], prefixed with rprelu_name()
//   head              head.weight [classes][inputs], head.bias [classes]
struct TrainedNetwork {
  NetworkSpec spec;
  std::vector<std::string> labels;  // spec.class_count names
  TensorDict tensors;
  float batch_norm_epsilon = 1e-5f;
  std::string provenance = "{}";  // one JSON object
};

// Throws Error naming the first tensor that is missing, has the wrong shape, or holds a NaN or Inf.
void check_tensors(const TrainedNetwork& network);

}  // namespace stapes
