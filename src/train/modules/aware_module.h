// SPDX-License-Identifier: Apache-2.0
// aware_module.h: quantization-aware training (arXiv:1712.05877) of a packed network. The forward pass rounds weights
// and activations to the 8-bit grid; the backward pass does not (straight-through estimator).
#pragma once

#include <torch/torch.h>

#include <vector>

#include "compress/int8_layer.h"
#include "packed/model_generated.h"
#include "train/modules/round_to_grid.h"

namespace stapes {

// Batch norms are folded (packed/model.fbs). Trains the weights and biases of the convolutions and the head.
class AwareNetworkImpl : public torch::nn::Module {
 public:
  // `fp32` has the initial weights. `int8`, its quantized form, defines the fixed activation grids and the float
  // layers; pass `fp32` again for no rounding. Weight scales are computed from the current weights.
  AwareNetworkImpl(const packed::fb::ModelT& fp32, const packed::fb::ModelT& int8, WeightScales scales);

  // Inputs [N][channels][height][width] -> logits [N][classes]. Waves are [N][1][1][window_samples]. Waves and images
  // are in [-1, 1).
  torch::Tensor forward(const torch::Tensor& input);

  // The outputs of all layers as real values, [N][C][H][W]; for the head, [N][classes].
  std::vector<torch::Tensor> layer_outputs(const torch::Tensor& input);

  // Replaces the weights of `fp32`, the constructor's model, with the trained weights.
  void write_to(packed::fb::ModelT& fp32) const;

 private:
  enum class Kind { kConv, kTranspose, kAveragePool, kMaxPool, kAdd, kHead };
  struct Grid {  // of a tensor; bits = 0: real values
    int bits = 0;
    ActivationGrid steps;
  };
  struct Layer {
    Kind kind;
    std::vector<std::size_t> inputs;  // tensors
    std::size_t output;
    packed::fb::Window window;  // also of kMaxPool
    packed::fb::EndPads end_pads;
    int groups = 1;
    bool relu = false, relu6 = false, rounded_weights = false;
    Grid in, out;
    GridAddition addition;       // kAdd, on a grid
    int pool_h = 1, pool_w = 1;  // kAveragePool
    torch::Tensor weight, bias;
  };

  static Grid grid_of(const packed::fb::TensorT& tensor);
  static torch::Tensor round_input(const Grid& grid, const torch::Tensor& input);
  static torch::Tensor average(const Layer& layer, const torch::Tensor& x);
  static torch::Tensor max_pool(const Layer& layer, const torch::Tensor& x);
  static torch::Tensor add(const Layer& layer, const torch::Tensor& a, const torch::Tensor& b);
  void set_up(Layer& layer, const packed::fb::LayerT& from, const packed::fb::LayerT& rounded);
  void set_up_conv(Layer& layer, const std::string& name, const packed::fb::ConvF32T& conv,
                   const packed::fb::ConvI8T* rounded);
  static void set_up_addition(Layer& layer, const packed::fb::AddF32T& add, const packed::fb::AddI8T* rounded,
                              const Grid& other);
  torch::Tensor weight_scales(const Layer& layer) const;  // [filters] float64
  torch::Tensor convolve(const Layer& layer, const torch::Tensor& x) const;
  torch::Tensor head(const Layer& layer, const torch::Tensor& x) const;
  // Runs one layer; tensors[i] is tensor i of the model.
  const torch::Tensor& run(const Layer& layer, std::vector<torch::Tensor>& tensors) const;
  void add_weights(Layer& layer, const std::string& name, const std::vector<float>& weights,
                   const std::vector<float>& bias, std::vector<std::int64_t> shape);

  WeightScales scales_;
  std::vector<Grid> grids_;  // of the tensors
  std::vector<Layer> layers_;
  std::vector<std::vector<std::size_t>> unread_after_;  // [layer] tensors that no later layer reads
};
TORCH_MODULE(AwareNetwork);

}  // namespace stapes
