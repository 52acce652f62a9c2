// SPDX-License-Identifier: Apache-2.0
// quantize_graph.h: which tensors can stay in float or have 16 bits after quantization, given their readers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "packed/model_generated.h"

namespace stapes {

// False for transposes and pools, which keep the grid.
bool computes(const packed::fb::LayerT& layer);

// True for convolutions and the head. Additions always have 8 bits.
bool can_stay_float(const packed::fb::LayerT& layer);

// layers[i]: layer i stays in float. readers[t]: only float layers read tensor t, directly or through transposes and
// pools.
struct FloatParts {
  FloatParts(const packed::fb::ModelT& model, const std::vector<std::string>& names);
  std::vector<bool> layers, readers;
};

// The convolutions that `--wide` can name. Only convolutions may read their outputs and all earlier outputs, directly
// or through transposes: additions and pools read 8 bits.
std::vector<std::string> wide_layers(const packed::fb::ModelT& model);

// Whether layer `index` is a convolution at or before the layer `last`; "" = no layer.
bool is_wide(const packed::fb::ModelT& model, std::size_t index, const std::string& last);

// The largest 16-bit value that all convolutions reading `tensor` accept. Throws Error if no convolution reads it.
int widest_output(const packed::fb::ModelT& model, std::int32_t tensor);

}  // namespace stapes
