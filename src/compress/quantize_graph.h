// SPDX-License-Identifier: Apache-2.0
// quantize_graph.h: who reads what in a full-precision model: which outputs can be float or have 16 bits after
// quantization depends on all the layers that read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "packed/model_generated.h"

namespace stapes {

// Neither a transpose nor a pool, which only move or average what they read, on its grid.
bool computes(const packed::fb::LayerT& layer);

// The layers that can stay in float: convolutions and the head. An addition is always of 8 bits: that costs little, and
// its branches meet in one kernel.
bool can_stay_float(const packed::fb::LayerT& layer);

// Which layers stay in float, and which tensors are read by such layers only (through transposes and pools).
struct FloatParts {
  FloatParts(const packed::fb::ModelT& model, const std::vector<std::string>& names);
  std::vector<bool> layers, readers;
};

// The convolutions that `--wide` can name: this one and all before it are read by convolutions only (through
// transposes). What an addition or a pool reads has 8 bits, and no kernel makes 16 bits of 8.
std::vector<std::string> wide_layers(const packed::fb::ModelT& model);

// Whether layer `index` is a convolution that comes no later than the layer `last`, "" = none.
bool is_wide(const packed::fb::ModelT& model, std::size_t index, const std::string& last);

// The largest value that all the convolutions which read `tensor` can take in 16 bits. Throws Error when none does.
int widest_output(const packed::fb::ModelT& model, std::int32_t tensor);

}  // namespace stapes
