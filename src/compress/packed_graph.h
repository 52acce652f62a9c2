// SPDX-License-Identifier: Apache-2.0
// packed_graph.h: builds the packed graph of a network. Routes differ only in operators and dtypes.
#pragma once

#include <string>
#include <vector>

#include "graph/geometry.h"
#include "packed/model_generated.h"

namespace stapes {

// Each add function appends a layer and returns the number of its output tensor.
class PackedGraph {
 public:
  // Tensor 0 is the input, of dtype `input`.
  PackedGraph(const TrainedNetwork& network, const char* form, packed::fb::DType input);

  const NetworkGeometry& geometry() const { return geometry_; }
  const ConvGeometry& conv(int index) const { return geometry_.convs.at(static_cast<std::size_t>(index)); }
  packed::fb::Window window(int conv) const;                              // index into geometry().convs
  int area() const { return geometry_.average_h * geometry_.average_w; }  // of the average-pool

  template <class Op>
  int add_conv(int index, int input, Op op, packed::fb::DType output) {
    const ConvGeometry& g = conv(index);
    if (!g.pads_evenly()) op.end_pads = std::make_unique<packed::fb::EndPads>(g.end_pad_h(), g.end_pad_w());
    return add(g.name, {input}, std::move(op), {output, g.out_h / g.pool_h, g.out_w / g.pool_w, g.out_channels});
  }
  int add_transpose(const std::string& name, int input);
  // The output has the shape of the inputs.
  template <class Op>
  int add_pointwise(const std::string& name, std::vector<int> inputs, Op op, packed::fb::DType output) {
    Shape shape = shape_of(inputs.front());
    shape.dtype = output;
    return add(name, std::move(inputs), std::move(op), shape);
  }
  int add_average_pool(int input, packed::fb::DType output, int shift = 0);  // over all positions
  int add_max_pool(const GraphStep& step, int input);
  int add_pool(const GraphStep& step, int input, packed::fb::DType output);
  template <class Op>
  int add_head(int input, Op op, packed::fb::DType output, float scale) {
    const int scores = add("head", {input}, std::move(op), {output, 1, 1, network_.spec.class_count});
    set_scale(scores, scale);
    return scores;
  }

  // `scale` is the real value of one step of `tensor`.
  void set_scale(int tensor, double scale) {
    model_.tensors.at(static_cast<std::size_t>(tensor))->scale = static_cast<float>(scale);
  }

  packed::fb::ModelT finish() && { return std::move(model_); }

 private:
  struct Shape {
    packed::fb::DType dtype;
    int height, width, channels;
  };

  template <class Op>
  int add(const std::string& name, std::vector<int> inputs, Op op, const Shape& output) {
    packed::fb::OperatorUnion any;
    any.Set(std::move(op));
    return append(name, std::move(inputs), std::move(any), output);
  }
  int append(const std::string& name, std::vector<int> inputs, packed::fb::OperatorUnion op, const Shape& output);
  int add_tensor(const Shape& shape);
  Shape shape_of(int tensor) const;

  const TrainedNetwork& network_;
  NetworkGeometry geometry_;
  packed::fb::ModelT model_;
};

packed::fb::Window window_of(const ConvGeometry& conv);

// Convolution weights [out][in][kh][kw] as [out][kh][kw][in].
std::vector<float> channels_innermost(const FloatTensor& weights);

}  // namespace stapes
