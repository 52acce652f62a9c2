// layer_runner.h: one layer of a checked model on buffers of the caller's.
#pragma once

#include <cstddef>

#include "kernels/conv_shape.h"
#include "packed/shapes.h"

namespace stapes {

// Geometry of a convolution layer, from its window and tensors.
ConvShape conv_shape(const fb::Window& window, const fb::Tensor& in, const fb::Tensor& out) noexcept;

// Bytes `scratch` must have, for the layer's own geometry or a smaller one. 0 for most.
std::size_t layer_scratch_bytes(const fb::Model& model, const fb::Layer& layer) noexcept;

// Runs one layer.
//   input    tensor_bytes(input_tensor(model, layer)), in that tensor's dtype; kBits as 32-bit words per position
//   output   tensor_bytes(output_tensor(model, layer)); written whole; must not overlap the input
//   scratch  layer_scratch_bytes(model, layer); may be null when that is 0
// All three aligned to 4 bytes at least.
void run_layer(const fb::Model& model, const fb::Layer& layer, const std::byte* input, std::byte* output,
               std::byte* scratch) noexcept;

// A convolution on another size of input and output (in_h, in_w, out_h, out_w), e.g. one column of the front end.
void run_conv(const fb::Model& model, const fb::Layer& layer, const ConvShape& shape, const std::byte* input,
              std::byte* output, std::byte* scratch) noexcept;

}  // namespace stapes
