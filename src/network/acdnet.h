// acdnet.h: the ACDNet family without libtorch: widths, shapes, and a trained network in plain tensors.
// Source: arXiv:2103.03483 (full precision), arXiv:2108.06128 (XNOR form).
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "network/tensor_dict.h"

namespace stapes {

inline constexpr int kAcdnetConvs = 12;
inline constexpr int kMaxWindowSamples = 1 << 20;  // what a packed model can hold

// What the layers of a binary (XNOR) network compute. The published form is the default of every field.
struct BinaryForm {
  std::vector<int> eight_bit = {};  // numbers (2 .. 12, ascending) of convolutions that keep 8-bit weights and real
                                    // inputs: conv, batch norm, ReLU as in full precision
  bool scaled = true;      // alpha = mean |W| per filter; else sums are used as they are
  bool rprelu = false;     // RPReLU instead of ReLU where a sign follows (arXiv:2003.03488; its RSign is the batch
                           // norm in front of every sign)
  bool shortcuts = false;  // identity around binary 3x3 layers after conv3, missing channels 0 (arXiv:1808.00278)

  bool operator==(const BinaryForm&) const = default;
};

// What makes one member of the family.
struct AcdnetSpec {
  int sample_rate_hz = 20000;
  int window_samples = 30225;
  int class_count = 50;
  std::array<int, kAcdnetConvs> widths{};  // filters of conv1 .. conv12
  bool binary = false;                     // XNOR form: conv2 .. conv12 binary, batch norm on their inputs
  BinaryForm form = {};                    // of a binary network

  // conv is 0-based, as everywhere in code.
  bool is_binary(int conv) const;     // binary weights and inputs, batch norm on the input
  bool has_rprelu(int conv) const;    // after its binary convolution
  bool has_shortcut(int conv) const;  // from its input to its output
};

// Throws UsageError naming what is wrong with the form, e.g. an eight-bit layer that does not exist.
void check_form(const AcdnetSpec& spec);

// One convolution with its fused max-pool. Sizes are (channels, height, width); all >= 1.
struct ConvGeometry {
  int in_channels = 0, in_h = 0, in_w = 0;
  int out_channels = 0, out_h = 0, out_w = 0;             // before the pool
  int kernel_h = 0, kernel_w = 0, stride_w = 1, pad = 0;  // stride_h is 1; pad is the same on both axes
  int pool_h = 1, pool_w = 1;                             // max-pool after it; 1 x 1 = none
};

struct AcdnetGeometry {
  std::array<ConvGeometry, kAcdnetConvs> convs;  // the swap lies between convs[1] and convs[2]
  int average_h = 1, average_w = 1;              // average-pool before the head: all that remains
};

// Throws Error naming the layer when the window is too short or a width is < 1.
AcdnetGeometry acdnet_geometry(const AcdnetSpec& spec);

// "acdnet", "micro-acdnet", "nano-acdnet", "widths:7,20,..." (12 numbers). acdnet's conv12 has one filter per class.
// Throws UsageError listing the names.
std::array<int, kAcdnetConvs> acdnet_widths(std::string_view model, int class_count);

// The published window at 20 and 44.1 kHz, else one second.
int usual_window_samples(int sample_rate_hz);

// A trained member. Tensors: "conv1.weight" [out][in][kh][kw] .. "conv12.weight"; "bnK.weight|bias|running_mean|
// running_var"; "head.weight" [classes][c12], "head.bias". bnK follows convK, but is on the input of a binary convK
// (its channel count; 1 for conv3). RPReLU after convK: "rpreluK.threshold|slope|offset" [out].
struct TrainedNetwork {
  AcdnetSpec spec;
  std::vector<std::string> labels;  // spec.class_count names
  TensorDict tensors;
  float batch_norm_epsilon = 1e-5f;
  std::string provenance = "{}";  // one JSON object
};

// Throws Error naming the first tensor that is missing, has another shape than the spec says, or holds a NaN or Inf.
void check_tensors(const TrainedNetwork& network);

}  // namespace stapes
