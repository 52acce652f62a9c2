// SPDX-License-Identifier: Apache-2.0
#include "network/resnet.h"

#include <algorithm>

#include "base/error.h"
#include "network/conv_output.h"

namespace stapes {
namespace {

using Kind = GraphStep::Kind;

// What a step gives: its number as a value, its shape, and which of spec.widths are its channels.
struct Value {
  int index = 0;
  int width = -1;
  int channels = 0, height = 0, columns = 0;
};

class ResnetBuilder {
 public:
  explicit ResnetBuilder(const NetworkSpec& spec) : spec_(spec) {}

  NetworkGeometry build() {
    const ImageSize& image = spec_.image;
    Value x = conv({0, -1, image.channels, image.height, image.width}, stem(), 0);
    int number = 1;
    for (int stage = 0; stage < kResnetStages; ++stage) {
      const int stream = stage * (1 + kResnetBlocksAStage);
      for (int block = 0; block < kResnetBlocksAStage; ++block, ++number) {
        const int stride = stage > 0 && block == 0 ? 2 : 1;
        if (stride == 2 && std::min(x.height, x.columns) < 2) too_deep(number);
        x = basic_block(x, "block" + std::to_string(number), stride, stream, stream + 1 + block);
      }
    }
    geometry_.average_h = x.height;
    geometry_.average_w = x.columns;
    geometry_.head_width = x.width;
    return std::move(geometry_);
  }

 private:
  static ConvGeometry stem() {
    return {.name = "stem", .norm = "stembn", .kernel_h = 3, .kernel_w = 3, .stride_h = 2, .stride_w = 2, .pad = 3};
  }

  ConvGeometry block_conv(const std::string& name, const std::string& norm, int kernel, int stride, bool relu) const {
    return {.name = name,
            .norm = norm,
            .kernel_h = kernel,
            .kernel_w = kernel,
            .stride_h = stride,
            .stride_w = stride,
            .pad = kernel / 2,
            .relu = relu,
            .binary = spec_.binary,
            .scale_kept_positive = spec_.binary};
  }

  Value conv(const Value& in, ConvGeometry g, int width) {
    g.in_channels = in.channels;
    g.in_h = in.height;
    g.in_w = in.columns;
    g.in_width = in.width;
    g.out_width = width;
    set_output(g, spec_.widths[static_cast<std::size_t>(width)]);  // padding leaves something of any input
    geometry_.convs.push_back(g);
    const int index = static_cast<int>(geometry_.convs.size()) - 1;
    geometry_.steps.push_back({.kind = Kind::kConv, .name = g.name, .a = in.index, .conv = index});
    return {static_cast<int>(geometry_.steps.size()), width, g.out_channels, g.out_h, g.out_w};
  }

  // relu(conv2(relu(conv1(x))) + x), or + projection(x) where it changes the shape.
  Value basic_block(const Value& x, const std::string& name, int stride, int stream, int inner) {
    ConvGeometry first = block_conv(name + "conv1", name + "bn1", 3, stride, true);
    if (spec_.form.rprelu) first.rprelu = name + "rprelu1";  // the only ReLU that a sign and nothing else follows
    const Value branch = conv(conv(x, first, inner), block_conv(name + "conv2", name + "bn2", 3, 1, false), stream);
    Value identity = x;
    if (stride != 1 || x.width != stream) {
      identity = conv(x, block_conv(name + "projection", name + "projectionbn", 1, stride, false), stream);
    }
    geometry_.steps.push_back({.kind = Kind::kAdd, .name = name + "add", .a = branch.index, .b = identity.index});
    Value sum = branch;
    sum.index = static_cast<int>(geometry_.steps.size());
    return sum;
  }

  [[noreturn]] void too_deep(int block) const {
    throw Error(
        "the network is too deep for images of {} x {}: one row or column is left in front of block{}, which halves "
        "them; import larger images (--size)",
        spec_.image.width, spec_.image.height, block);
  }

  const NetworkSpec& spec_;
  NetworkGeometry geometry_;
};

}  // namespace

std::vector<int> resnet_widths(const std::vector<int>& stages) {
  std::vector<int> widths;
  for (const int width : stages) widths.insert(widths.end(), 1 + kResnetBlocksAStage, width);
  return widths;
}

NetworkGeometry resnet_geometry(const NetworkSpec& spec) {
  const ImageSize& image = spec.image;
  if (spec.sample_rate_hz != 0) throw UsageError("ResNet-18 sees images; for sound use --model micro-acdnet");
  if (spec.widths.size() != kResnetWidths) {
    throw Error("a ResNet-18 has {} widths, not {}", kResnetWidths, spec.widths.size());
  }
  const auto is_side = [](int side) { return side >= 1 && side <= kMaxImageSide; };
  if (!is_side(image.height) || !is_side(image.width) || (image.channels != 1 && image.channels != 3) ||
      image.values() != spec.window_samples || spec.window_samples > kMaxWindowSamples) {
    throw Error("images of {} x {} pixels, {} channels and {} values are not possible", image.width, image.height,
                image.channels, spec.window_samples);
  }
  return ResnetBuilder(spec).build();
}

}  // namespace stapes
