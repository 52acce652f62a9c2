// acdnet_graph.h: the packed graph of an ACDNet, the same for every route; the routes differ in operators and dtypes.
#pragma once

#include <vector>

#include "network/acdnet.h"
#include "packed/model_generated.h"

namespace stapes {

// Builds a chain of layers one after the other, tensor k feeding layer k.
class AcdnetGraph {
 public:
  // `input` is the dtype of the waveform.
  AcdnetGraph(const TrainedNetwork& network, const char* route, packed::fb::DType input);

  const AcdnetGeometry& geometry() const { return geometry_; }
  packed::fb::Window window(int conv) const;  // conv 0 .. 11

  // Appends conv K (0-based; with the swap after conv2), giving its output dtype.
  template <class Op>
  void add_conv(int conv, Op op, packed::fb::DType output) {
    packed::fb::OperatorUnion any;
    any.Set(std::move(op));
    append_conv(conv, std::move(any), output);
  }
  // Appends the average-pool, then the head.
  void add_average_pool(packed::fb::DType output);
  template <class Op>
  void add_head(Op op, packed::fb::DType output, float scale) {
    packed::fb::OperatorUnion any;
    any.Set(std::move(op));
    append("head", std::move(any), output, 1, 1, network_.spec.class_count);
    model_.tensors.back()->scale = scale;
  }

  packed::fb::ModelT finish() && { return std::move(model_); }

 private:
  void append_conv(int conv, packed::fb::OperatorUnion op, packed::fb::DType output);
  void append(const char* name, packed::fb::OperatorUnion op, packed::fb::DType dtype, int height, int width,
              int channels);

  const TrainedNetwork& network_;
  AcdnetGeometry geometry_;
  packed::fb::ModelT model_;
};

// Convolution weights [out][in][kh][kw] as [out][kh][kw][in].
std::vector<float> channels_innermost(const FloatTensor& weights);

}  // namespace stapes
