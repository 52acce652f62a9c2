// SPDX-License-Identifier: Apache-2.0
#include "import/onnx/onnx_layers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace stapes {
namespace {

constexpr std::int64_t kMaxOnnxWindow = 4096;  // as in docs/reference/networks.md

int window_number(std::int64_t number, std::int64_t least, const char* what) {
  if (number < least || number > kMaxOnnxWindow) {
    throw Error("{} of {}; expected {} to {}", what, number, least, kMaxOnnxWindow);
  }
  return static_cast<int>(number);
}

// With ceil_mode, the last window may begin inside the input and end beyond it.
void extend_to_ceiling(AxisWindow& window, std::int64_t size) {
  const std::int64_t room = size + window.pads.before + window.pads.after - window.kernel;
  const std::int64_t rest = room % window.stride;
  if (room < 0 || rest == 0) return;
  const std::int64_t first = room - rest + window.stride;  // where that window begins, counting padding
  if (first < size + window.pads.before) window.pads.after += static_cast<int>(window.stride - rest);
}

}  // namespace

std::vector<AxisWindow> windows_of(const OnnxNode& node, const std::vector<std::int64_t>& sizes,
                                   std::vector<std::int64_t> kernels) {
  const std::size_t rank = sizes.size();
  const bool pools = kernels.empty();
  const std::vector<std::int64_t> named = node.ints_or("kernel_shape", kernels);
  if (!pools && named != kernels)
    throw Error("kernel_shape {} does not match weights of {}", shape_text(named), shape_text(kernels));
  kernels = named;
  const std::vector<std::int64_t> ones(rank, 1), zeros(2 * rank, 0);
  const std::vector<std::int64_t> strides = node.ints_or("strides", ones), dilations = node.ints_or("dilations", ones),
                                  pads = node.ints_or("pads", zeros);
  if (kernels.size() != rank || strides.size() != rank || dilations.size() != rank || pads.size() != 2 * rank) {
    throw Error("kernel, strides, dilations or pads do not match the number of spatial dimensions, {}", rank);
  }
  const std::string automatic = node.text_or("auto_pad", "NOTSET");
  std::vector<AxisWindow> windows(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    AxisWindow& window = windows[i];
    window.kernel = window_number(kernels[i], 1, "a kernel");
    window.stride = window_number(strides[i], 1, "a stride");
    if (dilations[i] != 1 && window.kernel != 1) throw Error("dilation {}; expected 1", dilations[i]);
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      window.pads = same_pads(static_cast<int>(sizes[i]), window.kernel, window.stride);
      if (automatic == "SAME_LOWER") std::swap(window.pads.before, window.pads.after);
    } else if (automatic == "NOTSET") {
      window.pads = {window_number(pads[i], 0, "padding"), window_number(pads[rank + i], 0, "padding")};
    } else if (automatic != "VALID") {
      throw Error("unknown auto_pad '{}'; expected NOTSET, VALID, SAME_UPPER or SAME_LOWER", automatic);
    }
    if (pools && node.int_or("ceil_mode", 0) != 0) extend_to_ceiling(window, sizes[i]);
  }
  return windows;
}

int windowed_size(const AxisWindow& window, int size) {
  const auto& [before, after] = window.pads;
  // The limits of `pad` in docs/reference/networks.md.
  if (before > window.kernel || after > window.kernel || (after != before && after >= window.kernel)) {
    throw Error("padding {} and {} is too large for a kernel of {}", before, after, window.kernel);
  }
  const int padded = size + before + after;
  if (padded < window.kernel) throw Error("a kernel of {} does not fit a padded input of {}", window.kernel, padded);
  return (padded - window.kernel) / window.stride + 1;
}

bool OnnxLayer::pools_side_by_side() const {
  const auto along = [](const AxisWindow& axis, int in_size, int out_size) {
    return axis.pads == AxisPads{} && (axis.stride == axis.kernel || out_size == 1) &&
           out_size == in_size / axis.kernel;
  };
  return along(h, in.height, out.height) && along(w, in.width, out.width);
}

OnnxLayer keeping_layer(const std::string& node, int input, const FeatureSize& size) {
  OnnxLayer layer{.node = node, .inputs = {input}, .in = size, .out = size};
  layer.groups = size.channels;
  layer.weights.assign(static_cast<std::size_t>(size.channels), 1.0f);
  layer.bias.assign(layer.weights.size(), 0.0f);
  return layer;
}

void set_linear_weights(OnnxLayer& layer, const std::vector<OnnxAxis>& axes, const std::vector<float>& weights) {
  const FeatureSize& in = layer.in;
  const auto place = [&](const FeatureSize& at) {
    return (static_cast<std::size_t>(at.channels) * static_cast<std::size_t>(in.height) +
            static_cast<std::size_t>(at.height)) *
               static_cast<std::size_t>(in.width) +
           static_cast<std::size_t>(at.width);
  };
  const auto values = static_cast<std::size_t>(in.values());
  layer.weights.resize(weights.size());
  FeatureSize at{0, 0, 0};
  for (std::size_t i = 0; i < values; ++i) {
    for (std::size_t out = 0; out < weights.size() / values; ++out) {
      layer.weights[out * values + place(at)] = weights[out * values + i];
    }
    for (std::size_t axis = axes.size(); axis-- > 0;) {
      if (++size_of(at, axes[axis]) < size_of(in, axes[axis])) break;
      size_of(at, axes[axis]) = 0;
    }
  }
}

}  // namespace stapes
