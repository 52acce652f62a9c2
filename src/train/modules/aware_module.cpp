// SPDX-License-Identifier: Apache-2.0
#include "train/modules/aware_module.h"

#include "base/error.h"
#include "kernels/relu_f32.h"
#include "packed/shapes.h"
#include "train/modules/fused_block.h"
#include "train/modules/padding.h"
#include "train/modules/row_conv.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

constexpr std::int64_t kLargestWeight = 127;

// From [out][kernel_h][kernel_w][in] to libtorch's layout, and back.
torch::Tensor to_channels_first(const torch::Tensor& weight) { return weight.permute({0, 3, 1, 2}).contiguous(); }
torch::Tensor to_channels_last(const torch::Tensor& weight) { return weight.permute({0, 2, 3, 1}).contiguous(); }

torch::Tensor to_tensor(const std::vector<float>& values, std::vector<std::int64_t> shape) {
  return torch::tensor(values, torch::kFloat32).reshape(shape);
}

void copy_to(std::vector<float>& values, const torch::Tensor& tensor) {
  const torch::Tensor contiguous = tensor.detach().contiguous();
  values.assign(contiguous.data_ptr<float>(), contiguous.data_ptr<float>() + contiguous.numel());
}

// Straight-through: returns `rounded`, with the gradient of x.
torch::Tensor straight_through(const torch::Tensor& x, const torch::Tensor& rounded) {
  return x + (rounded - x).detach();
}

torch::Tensor round_weight(const torch::Tensor& weight, const torch::Tensor& scales) {
  const torch::Tensor each = scales.view({-1, 1, 1, 1});
  return straight_through(weight, ((weight.detach() / each).round() * each).to(torch::kFloat32));
}

Padding padding_of(const fb::Window& w, const fb::EndPads& end) { return {w.pad_h(), end.h(), w.pad_w(), end.w()}; }

torch::Tensor round_bias(const torch::Tensor& bias, const torch::Tensor& accumulator_scales) {
  const torch::Tensor steps = (bias.detach() / accumulator_scales).round();
  return straight_through(bias, (steps * accumulator_scales).to(torch::kFloat32));
}

}  // namespace

AwareNetworkImpl::AwareNetworkImpl(const fb::ModelT& fp32, const fb::ModelT& int8, WeightScales scales)
    : scales_(scales), unread_after_(fp32.layers.size()) {
  if (fp32.layers.size() != int8.layers.size()) throw Error("the 8-bit model and the fp32 model have different layers");
  for (const auto& tensor : int8.tensors) grids_.push_back(grid_of(*tensor));
  std::vector<std::size_t> last_reader(grids_.size());
  for (std::size_t i = 0; i < fp32.layers.size(); ++i) {
    const fb::LayerT &from = *fp32.layers[i], &rounded = *int8.layers[i];
    Layer layer;
    layer.inputs.assign(rounded.inputs.begin(), rounded.inputs.end());
    layer.output = static_cast<std::size_t>(rounded.output);
    layer.in = grids_.at(layer.inputs.at(0));
    layer.out = grids_.at(layer.output);
    layer.rounded_weights = rounded.op.type == fb::Operator::ConvI8 || rounded.op.type == fb::Operator::LinearI8;
    set_up(layer, from, rounded);
    for (const std::size_t input : layer.inputs) last_reader[input] = i;
    layers_.push_back(std::move(layer));
  }
  for (std::size_t t = 0; t < last_reader.size(); ++t) {
    if (t != layers_.back().output) unread_after_[last_reader[t]].push_back(t);
  }
}

void AwareNetworkImpl::set_up(Layer& layer, const fb::LayerT& from, const fb::LayerT& rounded) {
  switch (from.op.type) {
    case fb::Operator::ConvF32:
      return set_up_conv(layer, from.name, *from.op.AsConvF32(), rounded.op.AsConvI8());
    case fb::Operator::LinearF32: {
      const fb::LinearF32T& head = *from.op.AsLinearF32();
      layer.kind = Kind::kHead;
      return add_weights(layer, from.name, head.weights, head.bias,
                         {static_cast<std::int64_t>(head.bias.size()), 1, 1, -1});
    }
    case fb::Operator::Transpose:
      layer.kind = Kind::kTranspose;
      return;
    case fb::Operator::AveragePool:
      layer.kind = Kind::kAveragePool;
      layer.pool_h = from.op.AsAveragePool()->pool_h;
      layer.pool_w = from.op.AsAveragePool()->pool_w;
      return;
    case fb::Operator::MaxPool:
      layer.kind = Kind::kMaxPool;
      layer.window = *from.op.AsMaxPool()->window;
      layer.end_pads = end_pads_of(layer.window, from.op.AsMaxPool()->end_pads.get());
      return;
    case fb::Operator::AddF32:
      return set_up_addition(layer, *from.op.AsAddF32(), rounded.op.AsAddI8(), grids_.at(layer.inputs.at(1)));
    default:
      throw Error("layer {} is not a full-precision layer", from.name);
  }
}

void AwareNetworkImpl::set_up_conv(Layer& layer, const std::string& name, const fb::ConvF32T& conv,
                                   const fb::ConvI8T* rounded) {
  layer.kind = Kind::kConv;
  layer.window = *conv.window;
  layer.end_pads = end_pads_of(*conv.window, conv.end_pads.get());
  layer.groups = conv.groups;
  layer.relu = conv.relu;
  layer.relu6 = conv.relu6;
  if (rounded != nullptr) {
    layer.out.steps.lowest = rounded->minimum;
    layer.out.steps.highest = rounded->maximum;
  }
  const auto filters = static_cast<std::int64_t>(conv.bias.size());
  add_weights(layer, name, conv.weights, conv.bias, {filters, conv.window->kernel_h(), conv.window->kernel_w(), -1});
}

void AwareNetworkImpl::set_up_addition(Layer& layer, const fb::AddF32T& add, const fb::AddI8T* rounded,
                                       const Grid& other) {
  layer.kind = Kind::kAdd;
  layer.relu = add.relu;
  layer.relu6 = add.relu6;
  if (rounded == nullptr) return;
  layer.out.steps.lowest = rounded->minimum;
  layer.out.steps.highest = rounded->maximum;
  layer.addition = {.a = layer.in.steps,
                    .b = other.steps,
                    .out = layer.out.steps,
                    .from_a = {rounded->multiplier_a, rounded->shift_a},
                    .from_b = {rounded->multiplier_b, rounded->shift_b},
                    .to_out = {rounded->multiplier, rounded->shift},
                    .relu = add.relu};
}

void AwareNetworkImpl::add_weights(Layer& layer, const std::string& name, const std::vector<float>& weights,
                                   const std::vector<float>& bias, std::vector<std::int64_t> shape) {
  layer.weight = register_parameter(name + "_weight", to_channels_first(to_tensor(weights, std::move(shape))));
  layer.bias = register_parameter(name + "_bias", to_tensor(bias, {-1}));
}

AwareNetworkImpl::Grid AwareNetworkImpl::grid_of(const fb::TensorT& tensor) {
  const ActivationGrid steps{double{tensor.scale}, tensor.zero_point};
  if (tensor.dtype == fb::DType::kI8) return {8, steps};
  if (tensor.dtype == fb::DType::kI16) return {16, steps};
  return {};
}

torch::Tensor AwareNetworkImpl::round_input(const Grid& grid, const torch::Tensor& input) {
  if (grid.bits == 0) return input;
  const std::int64_t largest = (std::int64_t{1} << (grid.bits - 1)) - 1;
  return torch::fake_quantize_per_tensor_affine(input, grid.steps.scale, grid.steps.zero_point, -largest - 1, largest);
}

torch::Tensor AwareNetworkImpl::weight_scales(const Layer& layer) const {
  const torch::NoGradGuard no_gradient;
  const torch::Tensor size = layer.weight.abs().to(torch::kFloat64);
  const bool per_channel = scales_ == WeightScales::kPerChannel && layer.kind == Kind::kConv;
  const torch::Tensor scale =
      (per_channel ? size.amax({1, 2, 3}) : size.max().expand(size.size(0))) / double{kLargestWeight};
  return torch::where(scale > 0, scale, torch::ones_like(scale)).contiguous();
}

torch::Tensor AwareNetworkImpl::convolve(const Layer& layer, const torch::Tensor& x) const {
  const fb::Window& w = layer.window;
  torch::Tensor weight = layer.weight, bias = layer.bias, accumulator_scales;
  if (layer.rounded_weights) {
    const torch::Tensor scales = weight_scales(layer);
    accumulator_scales = scales * layer.in.steps.scale;
    weight = round_weight(weight, scales);
    bias = round_bias(bias, accumulator_scales);
  }
  const Padding padding = padding_of(w, layer.end_pads);
  const bool along_a_row = w.kernel_h() == 1 && x.size(2) == 1 && padding.none() && layer.groups == 1;
  torch::Tensor y = along_a_row ? row_conv(x, weight, w.stride_w())
                                : padded_conv(x, weight, {}, {w.stride_h(), w.stride_w()}, padding, layer.groups);
  y = y + bias.view({1, -1, 1, 1});
  // Pool and ReLU come before rounding: all three are monotonic, and 0 is on the grid.
  if (layer.relu) {
    y = pool_relu(y, w.pool_h(), w.pool_w());
  } else if (w.pool_h() * w.pool_w() > 1) {
    y = torch::max_pool2d(y, {w.pool_h(), w.pool_w()});
  }
  // On a grid, the highest value is already the limit of a ReLU6.
  if (layer.relu6 && !layer.rounded_weights) y = y.clamp_max(kRelu6Limit);
  if (layer.out.bits == 0) return y;
  if (!layer.rounded_weights) {  // kept in float: rounds its output in one step
    const ActivationGrid& steps = layer.out.steps;
    return torch::fake_quantize_per_tensor_affine(y, steps.scale, steps.zero_point, steps.lowest, steps.highest);
  }
  return rescale_to_grid(y, accumulator_scales, layer.out.steps);
}

torch::Tensor AwareNetworkImpl::head(const Layer& layer, const torch::Tensor& x) const {
  torch::Tensor weight = layer.weight, bias = layer.bias;
  if (layer.rounded_weights) {
    const torch::Tensor scales = weight_scales(layer);
    weight = round_weight(weight, scales);
    bias = round_bias(bias, scales * layer.in.steps.scale);
  }
  return torch::linear(x.flatten(1), weight.flatten(1), bias);
}

torch::Tensor AwareNetworkImpl::add(const Layer& layer, const torch::Tensor& a, const torch::Tensor& b) {
  if (layer.out.bits != 0) return add_on_grid(a, b, layer.addition);
  if (layer.relu6) return torch::clamp(a + b, 0, kRelu6Limit);
  return layer.relu ? torch::relu(a + b) : a + b;
}

torch::Tensor AwareNetworkImpl::average(const Layer& layer, const torch::Tensor& x) {
  const std::int64_t h = layer.pool_h, w = layer.pool_w, rows = x.size(2) / h, columns = x.size(3) / w;
  if (rows == 1 && columns == 1 && x.size(2) == h && x.size(3) == w) {
    return layer.in.bits == 0 ? x.mean({2, 3}, /*keepdim=*/true) : average_on_grid(x, layer.in.steps);
  }
  if (layer.in.bits == 0) return torch::avg_pool2d(x, {h, w});
  // Treats each window as a separate image.
  const torch::Tensor whole = x.narrow(2, 0, rows * h).narrow(3, 0, columns * w);
  const torch::Tensor windows = whole.reshape({x.size(0), x.size(1), rows, h, columns, w}).permute({0, 2, 4, 1, 3, 5});
  const torch::Tensor means = average_on_grid(windows.reshape({-1, x.size(1), h, w}), layer.in.steps);
  return means.view({x.size(0), rows, columns, x.size(1)}).permute({0, 3, 1, 2}).contiguous();
}

torch::Tensor AwareNetworkImpl::max_pool(const Layer& layer, const torch::Tensor& x) {
  const fb::Window& w = layer.window;
  return padded_max_pool(x, {w.kernel_h(), w.kernel_w()}, {w.stride_h(), w.stride_w()}, padding_of(w, layer.end_pads));
}

const torch::Tensor& AwareNetworkImpl::run(const Layer& layer, std::vector<torch::Tensor>& tensors) const {
  const torch::Tensor& x = tensors[layer.inputs.front()];
  torch::Tensor& y = tensors[layer.output];
  switch (layer.kind) {
    case Kind::kConv:
      return y = convolve(layer, x);
    case Kind::kTranspose:
      return y = x.permute({0, 2, 1, 3}).contiguous();
    case Kind::kAveragePool:
      return y = average(layer, x);
    case Kind::kMaxPool:
      return y = max_pool(layer, x);
    case Kind::kAdd:
      return y = add(layer, x, tensors[layer.inputs.back()]);
    case Kind::kHead:
      return y = head(layer, x);
  }
  throw Error("a layer is of unknown kind");
}

std::vector<torch::Tensor> AwareNetworkImpl::layer_outputs(const torch::Tensor& input) {
  std::vector<torch::Tensor> outputs, tensors(grids_.size());
  tensors.front() = round_input(grids_.front(), input);
  for (const Layer& layer : layers_) outputs.push_back(run(layer, tensors));
  return outputs;
}

torch::Tensor AwareNetworkImpl::forward(const torch::Tensor& input) {
  std::vector<torch::Tensor> tensors(grids_.size());
  tensors.front() = round_input(grids_.front(), input);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    run(layers_[i], tensors);
    for (const std::size_t unread : unread_after_[i]) tensors[unread].reset();  // free memory unless autograd needs it
  }
  return tensors[layers_.back().output];
}

void AwareNetworkImpl::write_to(fb::ModelT& fp32) const {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    if (layer.kind == Kind::kConv) {
      copy_to(fp32.layers[i]->op.AsConvF32()->weights, to_channels_last(layer.weight.detach()));
      copy_to(fp32.layers[i]->op.AsConvF32()->bias, layer.bias);
    } else if (layer.kind == Kind::kHead) {
      copy_to(fp32.layers[i]->op.AsLinearF32()->weights, layer.weight);
      copy_to(fp32.layers[i]->op.AsLinearF32()->bias, layer.bias);
    }
  }
}

}  // namespace stapes
