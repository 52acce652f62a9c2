// SPDX-License-Identifier: Apache-2.0
// quantize_graph.h: the readers of each tensor in a full-precision model, which decide whether it can be float or have
// 16 bits after quantization.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "packed/model_generated.h"

namespace stapes {

// Neither a transpose nor a pool, since these only move or average values and keep their grid.
bool computes(const packed::fb::LayerT& layer);

// The layers that can stay in float: convolutions and the head. An addition always has 8 bits: that costs little, and
// one kernel reads both branches.
bool can_stay_float(const packed::fb::LayerT& layer);

// Which layers stay in float, and which tensors are read by such layers only (through transposes and pools).
struct FloatParts {
  FloatParts(const packed::fb::ModelT& model, const std::vector<std::string>& names);
  std::vector<bool> layers, readers;
};

// The convolutions that `--wide` can name: this one and all before it are read by convolutions only (through
// transposes). The inputs of additions and pools have 8 bits, and no kernel converts 8 bits to 16.
std::vector<std::string> wide_layers(const packed::fb::ModelT& model);

// Whether layer `index` is a convolution that comes no later than the layer `last`, "" = none.
bool is_wide(const packed::fb::ModelT& model, std::size_t index, const std::string& last);

// The largest 16-bit value that all the convolutions that read `tensor` accept. Throws Error if none does.
int widest_output(const packed::fb::ModelT& model, std::int32_t tensor);

}  // namespace stapes
