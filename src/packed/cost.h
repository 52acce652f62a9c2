// SPDX-License-Identifier: Apache-2.0
// cost.h: the cost of a packed model, computed from its shapes. No heap.
#pragma once

#include <cstdint>

#include "packed/shapes.h"

namespace stapes {

// Bytes of constants in the file.
struct ConstantBytes {
  std::int64_t weights = 0;
  std::int64_t biases = 0;
  std::int64_t thresholds = 0;  // thresholds and falling flags
  std::int64_t rescaling = 0;   // multipliers and shifts

  std::int64_t total() const { return weights + biases + thresholds + rescaling; }
};

// The cost of a layer or a model.
struct Cost {
  // Of linear layers and of convolutions (before the fused pool). Counts padding and zero weights, but no biases.
  std::int64_t macs = 0;
  std::int64_t binary_macs = 0;  // in ConvBits only
  // As in arXiv:2108.06128: macs + linear biases + ReLU outputs + pool outputs * window size. Additions are free.
  std::int64_t paper_flops = 0;

  // Parameters of the trained network by stored weight width: weights, 2 values per batch-norm channel, head bias.
  // Batch norm precedes a ConvBits and follows other convolutions.
  std::int64_t parameters_1bit = 0;
  std::int64_t parameters_8bit = 0;
  std::int64_t parameters_16bit = 0;
  std::int64_t parameters_32bit = 0;

  // As in arXiv:2108.06128: 1 byte per parameter in int8 layers, 1 bit in binary layers, 4 bytes in all others,
  // including the int16 first and last layer of a binary network.
  double paper_bytes = 0;

  ConstantBytes constants{};

  std::int64_t parameters() const { return parameters_1bit + parameters_8bit + parameters_16bit + parameters_32bit; }
  // Stored bits per weight of a layer; 0 = no weights.
  int weight_bits() const;
  // As in arXiv:2108.06128: 64 binary MACs are one operation.
  double word_macs() const;
  Cost& operator+=(const Cost& other);
  void add_parameters(int bits, std::int64_t count);
};

// Bytes of one vector of constants; 0 if absent.
template <class T>
std::int64_t vector_bytes(const flatbuffers::Vector<T>* values) {
  return values == nullptr ? 0 : std::int64_t{values->size()} * static_cast<std::int64_t>(sizeof(T));
}
std::int64_t threshold_bytes(const fb::Thresholds* thresholds);

// Sets only paper_flops. `layer` must have a `pooling`.
Cost pool_cost(const fb::Layer& layer, const fb::Tensor& in, const fb::Tensor& out);

// `model` must have passed open_model().
Cost layer_cost(const fb::Model& model, const fb::Layer& layer) noexcept;
Cost model_cost(const fb::Model& model) noexcept;

}  // namespace stapes
