// SPDX-License-Identifier: Apache-2.0
#include "compress/int8_layer.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "compress/sum_limits.h"
#include "kernels/add/add_params.h"
#include "kernels/quantize_multiplier.h"
#include "kernels/relu_f32.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

constexpr int kInt8Min = -128, kInt8Max = 127;
constexpr double kInt16Max = 32767;
constexpr double kWideHeadroom = 2;  // 6 dB above the largest calibration value

// Symmetric: q in [-127, 127].
double weight_scale(std::span<const float> weights) {
  double largest = 0;
  for (const float w : weights) largest = std::max(largest, double{std::fabs(w)});
  return largest > 0 ? largest / kInt8Max : 1;
}

std::int8_t quantize_weight(float weight, double scale) {
  return static_cast<std::int8_t>(std::clamp<long>(std::lround(weight / scale), -kInt8Max, kInt8Max));
}

std::int32_t quantize_bias(float bias, double scale) { return static_cast<std::int32_t>(std::llround(bias / scale)); }

// If the weights are tiny compared with the bias, coarser weights keep the bias in range.
double min_scale_for(float bias, const fb::TensorT& in) { return std::fabs(bias) / (kMaxBias * double{in.scale}); }

// One scale per filter, [out].
std::vector<double> weight_scales(const fb::ConvF32T& conv, WeightScales scales, const fb::TensorT& in) {
  const std::size_t filter = conv.weights.size() / conv.bias.size();
  std::vector<double> scale;
  for (std::size_t o = 0; o < conv.bias.size(); ++o) {
    const auto weights = std::span(conv.weights).subspan(o * filter, filter);
    scale.push_back(std::max(weight_scale(weights), min_scale_for(conv.bias[o], in)));
  }
  if (scales == WeightScales::kPerChannel) return scale;
  double all = weight_scale(conv.weights);
  for (const float bias : conv.bias) all = std::max(all, min_scale_for(bias, in));
  return std::vector<double>(scale.size(), all);
}

// 6 on the grid of `out`.
int relu6_maximum(const fb::TensorT& out, int largest) {
  const double steps = std::round(double{kRelu6Limit} / double{out.scale}) + out.zero_point;
  return static_cast<int>(std::min(steps, static_cast<double>(largest)));
}

}  // namespace

void set_affine(fb::TensorT& tensor, Range range) {
  const double span = range.high - range.low;
  tensor.dtype = fb::DType::kI8;
  tensor.scale = span > 0 ? static_cast<float>(span / (kInt8Max - kInt8Min)) : 1.0f;  // all zeros: any scale will do
  const double zero = kInt8Min - range.low / double{tensor.scale};
  tensor.zero_point = std::clamp(static_cast<int>(std::lround(zero)), kInt8Min, kInt8Max);
}

void set_affine_sum(fb::TensorT& tensor, Range range, const fb::TensorT& a, const fb::TensorT& b) {
  set_affine(tensor, range);
  // The zero point can stay: a coarser grid covers at least the same range.
  tensor.scale =
      std::max(tensor.scale, static_cast<float>(add_common_scale(double{a.scale}, double{b.scale}) * 2 / kAddSteps));
}

int widest_value(std::size_t taps) {
  return static_cast<int>(std::min(kInt16Max, kMaxProducts / (kInt8Max * static_cast<double>(taps))));
}

void set_wide(fb::TensorT& tensor, Range range, int largest, const fb::ConvF32T& conv, WeightScales scales,
              const fb::TensorT& in) {
  double scale = kWideHeadroom * std::max(-range.low, range.high) / largest;
  for (const double weight : weight_scales(conv, scales, in)) scale = std::max(scale, 2 * weight * double{in.scale});
  tensor.dtype = fb::DType::kI16;
  tensor.scale = static_cast<float>(scale);
  tensor.zero_point = 0;
}

fb::ConvI8T quantize_conv(const fb::ConvF32T& conv, WeightScales scales, const fb::TensorT& in, const fb::TensorT& out,
                          int largest) {
  fb::ConvI8T op;
  op.window = std::make_unique<fb::Window>(*conv.window);
  op.groups = conv.groups;
  if (conv.end_pads) op.end_pads = std::make_unique<fb::EndPads>(*conv.end_pads);
  op.minimum = static_cast<std::int16_t>(conv.relu ? out.zero_point : -largest - 1);
  op.maximum = static_cast<std::int16_t>(conv.relu6 ? relu6_maximum(out, largest) : largest);
  const std::vector<double> scale = weight_scales(conv, scales, in);
  const std::size_t filter = conv.weights.size() / conv.bias.size();
  for (std::size_t o = 0; o < conv.bias.size(); ++o) {
    for (std::size_t i = 0; i < filter; ++i) {
      op.weights.push_back(quantize_weight(conv.weights[o * filter + i], scale[o]));
    }
    const double accumulator_scale = scale[o] * double{in.scale};
    op.bias.push_back(quantize_bias(conv.bias[o], accumulator_scale));
    const FixedPointFactor rescale = quantize_multiplier(accumulator_scale / double{out.scale});
    op.multiplier.push_back(rescale.multiplier);
    op.shift.push_back(rescale.shift);
  }
  return op;
}

fb::AddI8T quantize_add(const fb::AddF32T& add, const fb::TensorT& a, const fb::TensorT& b, const fb::TensorT& out) {
  fb::AddI8T op;
  set_add_params(op, add_params(double{a.scale}, double{b.scale}, double{out.scale}));
  op.minimum = static_cast<std::int16_t>(add.relu ? out.zero_point : kInt8Min);
  op.maximum = static_cast<std::int16_t>(add.relu6 ? relu6_maximum(out, kInt8Max) : kInt8Max);
  return op;
}

fb::LinearI8T quantize_head(const fb::LinearF32T& head, const fb::TensorT& in, fb::TensorT& out) {
  fb::LinearI8T op;
  double scale = weight_scale(head.weights);
  for (const float bias : head.bias) scale = std::max(scale, min_scale_for(bias, in));
  for (const float w : head.weights) op.weights.push_back(quantize_weight(w, scale));
  out.dtype = fb::DType::kI32;
  out.scale = static_cast<float>(scale * double{in.scale});
  out.zero_point = 0;
  for (const float bias : head.bias) op.bias.push_back(quantize_bias(bias, scale * double{in.scale}));
  return op;
}

}  // namespace stapes
