// SPDX-License-Identifier: Apache-2.0
// layer_runner.h: runs one layer of a checked model on the caller's buffers.
#pragma once

#include <cstddef>

#include "kernels/loops/schedule/conv_rows.h"
#include "packed/shapes.h"
#include "runtime/conv_layer.h"

namespace stapes {

// Geometry of a convolution; all 0 for other layers.
ConvShape layer_shape(const fb::Model& model, const fb::Layer& layer) noexcept;

// Scratch of a variant (conv_layer.h); 0 for most.
std::size_t layer_scratch_bytes(const fb::Model& model, const fb::Layer& layer, int variant = 0) noexcept;

// The inputs of a layer in the dtypes of their tensors; kBits as 32-bit words per position. `second`: for additions,
// otherwise null.
struct LayerInputs {
  LayerInputs(const std::byte* one, const std::byte* other = nullptr) : first(one), second(other) {}
  const std::byte *first, *second;
};

// Runs one layer; the default kernel is the scalar definition.
//   output   tensor_bytes(output_tensor(model, layer)); fully written; must not overlap the inputs
//   scratch  layer_scratch_bytes(model, layer, kernel.variant); may be null when that is 0
// Buffers must be aligned to 4 bytes, scratch to 64 bytes unless the variant is 0.
void run_layer(const fb::Model& model, const fb::Layer& layer, const LayerInputs& inputs, std::byte* output,
               std::byte* scratch, const LayerKernel& kernel = {}) noexcept;

// `output` begins with row made.first.
void run_swap_rows(const fb::Model& model, const fb::Layer& layer, Rows made, const std::byte* input,
                   std::byte* output) noexcept;

}  // namespace stapes
