// SPDX-License-Identifier: Apache-2.0
// operator.h: what the packed form says of an operator: how it is checked, what it costs, how it is printed. Reader,
// cost, bench, quantization and `stapes info` ask here; kernels and their arguments are in runtime/operators. To add an
// operator: its file in this folder, and a line in operators.cpp. No heap.
#pragma once

#include <cstdint>

#include "packed/check_model.h"
#include "packed/cost.h"
#include "packed/shapes.h"

namespace stapes {

// A pool that stands alone. Windows along an axis are `stride` apart.
struct Pooling {
  const char* kind = nullptr;  // "mean", "max"; null: no pool
  std::int32_t kernel_h = 1, kernel_w = 1;
  std::int32_t stride_h = 1, stride_w = 1;
  std::int32_t pad_h = 0, pad_w = 0;  // before the first row and column
  fb::EndPads end_pads{};             // after the last
};

struct OperatorDescription {
  int input_count = 1;
  // Bits that a weight is stored in: 1, 8, 16, 32; 0 = no weights.
  int weight_bits = 0;
  // Whether it moves or compares values only: its output has the scale and zero point of its input.
  bool keeps_scale = false;
  // Whether it gives probabilities, so that its scores need no softmax.
  bool gives_probabilities = false;

  // Everything the kernel relies on. Sets `context.out_limit`.
  Finding (*check)(const fb::Layer& layer, OperatorContext& context) = nullptr;
  // Counted from the shapes of its (first) input and its output; null: nothing.
  Cost (*cost)(const fb::Layer& layer, const fb::Tensor& in, const fb::Tensor& out) = nullptr;

  // Of a convolution; else null.
  const fb::Window* (*window)(const fb::Layer& layer) = nullptr;
  const fb::EndPads* (*end_pads)(const fb::Layer& layer) = nullptr;
  std::int32_t (*groups)(const fb::Layer& layer) = nullptr;
  // Of a pool; else null.
  Pooling (*pooling)(const fb::Layer& layer) = nullptr;
};

// Of any value of the union; one that this version does not know has no `check`.
const OperatorDescription& describe(fb::Operator op) noexcept;
inline const OperatorDescription& describe(const fb::Layer& layer) noexcept { return describe(layer.op_type()); }

// Whether the scores of a checked model are probabilities, not logits.
inline bool gives_probabilities(const fb::Model& model) noexcept {
  return describe(*model.layers()->Get(model.layers()->size() - 1)).gives_probabilities;
}

}  // namespace stapes
