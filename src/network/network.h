// SPDX-License-Identifier: Apache-2.0
// network.h: what a network is without libtorch: its spec, the graph that follows from it, and a trained one in plain
// tensors. Two families: ACDNet (acdnet.h) for sound, ResNet-18 (resnet.h) for images.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/image_size.h"
#include "network/tensor_dict.h"

namespace stapes {

inline constexpr int kMaxWindowSamples = 1 << 20;  // what a packed model can hold
inline constexpr int kMaxWidth = 4096;             // far above any member of the families; keeps products in range

enum class Family { kAcdnet, kResnet };

const char* to_string(Family family);          // "acdnet", "resnet"
Family parse_family(const std::string& name);  // throws UsageError listing the names

// What the layers of a binary (XNOR) network compute. The published form is the default of every field.
struct BinaryForm {
  std::vector<int> eight_bit = {};  // ACDNet: numbers (2 .. 12, ascending) of convolutions that keep 8-bit weights and
                                    // real inputs: conv, batch norm, ReLU as in full precision
  bool scaled = true;               // alpha = mean |W| per filter; else sums are used as they are
  bool rprelu = false;     // RPReLU instead of ReLU where a sign follows (arXiv:2003.03488; its RSign is the batch
                           // norm in front of every sign)
  bool shortcuts = false;  // ACDNet: identity around binary 3x3 layers after conv3, missing channels 0
                           // (arXiv:1808.00278)

  bool operator==(const BinaryForm&) const = default;
};

// What makes one member of a family.
struct NetworkSpec {
  int sample_rate_hz = 20000;  // 0: images
  int window_samples = 30225;  // values of the input; of images height * width * channels
  int class_count = 50;
  std::vector<int> widths = {};  // filters, as the family numbers them (acdnet.h, resnet.h)
  bool binary = false;           // XNOR form: batch norm, sign and convolution instead of convolution and batch norm
  BinaryForm form = {};          // of a binary network
  Family family = Family::kAcdnet;
  ImageSize image = {};  // ResNet's input
};

// Throws UsageError naming what is wrong with the form, e.g. an eight-bit layer that does not exist.
void check_form(const NetworkSpec& spec);

// One convolution with its activation and its fused max-pool. Sizes are (channels, height, width); all >= 1.
struct ConvGeometry {
  std::string name;  // of its tensors: NAME.weight
  std::string norm;  // NORM.weight, ...: of the batch norm behind it or, where it is binary, on its input
  int in_channels = 0, in_h = 0, in_w = 0;
  int out_channels = 0, out_h = 0, out_w = 0;                           // before the pool
  int kernel_h = 0, kernel_w = 0, stride_h = 1, stride_w = 1, pad = 0;  // pad is the same on both axes
  int pool_h = 1, pool_w = 1;                                           // max-pool after it; 1 x 1 = none
  bool relu = true;                  // follows it; a branch that ends in an addition has none
  bool binary = false;               // binary weights and inputs
  std::string rprelu = {};           // RPRELU.threshold, ...: instead of ReLU; empty = none
  bool shortcut = false;             // identity from its input to its output (BinaryForm)
  bool scale_kept_positive = false;  // its batch norm's scale stays >= 0.01
  int out_width = 0, in_width = -1;  // which of spec.widths are its filters and its input channels; -1: the input's

  int norm_channels() const { return binary ? in_channels : out_channels; }
  std::int64_t multiply_adds() const;  // with those on padding
};

// One step of the graph. Values are numbered: 0 is the input, k + 1 what step k gives.
struct GraphStep {
  enum class Kind {
    kConv,  // of value `a`
    kSwap,  // channels become height
    kAdd,   // relu(a + b)
  };
  Kind kind = Kind::kConv;
  std::string name;  // of the layer in a packed model
  int a = 0, b = 0;
  int conv = -1;  // index into convs
};

// A network is a chain of steps with branches, then an average-pool over all that remains, then a linear head.
struct NetworkGeometry {
  std::vector<ConvGeometry> convs;
  std::vector<GraphStep> steps;
  int average_h = 1, average_w = 1;
  int head_width = 0;     // which of spec.widths are the head's inputs
  int dropout_conv = -1;  // dropout lies in front of this convolution; -1: in front of the head

  int head_inputs() const { return convs.back().out_channels; }
};

// Throws Error naming the layer when the input is too small for the network or a width is < 1.
NetworkGeometry network_geometry(const NetworkSpec& spec);

// A trained member. Tensors: as ConvGeometry names them; weights are [out][in][kh][kw], a batch norm has weight, bias,
// running_mean and running_var [norm_channels], an RPReLU threshold, slope and offset [out]; "head.weight"
// [classes][inputs], "head.bias".
struct TrainedNetwork {
  NetworkSpec spec;
  std::vector<std::string> labels;  // spec.class_count names
  TensorDict tensors;
  float batch_norm_epsilon = 1e-5f;
  std::string provenance = "{}";  // one JSON object
};

// Throws Error naming the first tensor that is missing, has another shape than the spec says, or holds a NaN or Inf.
void check_tensors(const TrainedNetwork& network);

}  // namespace stapes
