// SPDX-License-Identifier: Apache-2.0
// operator.h: checks, cost and properties of an operator of the packed form. No heap. Kernels and their arguments are
// in runtime/operators. To add an operator, add its file here and its name to operators.cpp.
#pragma once

#include <cstdint>

#include "packed/check_model.h"
#include "packed/cost.h"
#include "packed/shapes.h"

namespace stapes {

// A separate pool. Windows along an axis are `stride` apart.
struct Pooling {
  const char* kind = nullptr;  // "mean", "max"; null: no pool
  std::int32_t kernel_h = 1, kernel_w = 1;
  std::int32_t stride_h = 1, stride_w = 1;
  std::int32_t pad_h = 0, pad_w = 0;  // before the first row and column
  fb::EndPads end_pads{};             // after the last
};

struct OperatorDescription {
  int input_count = 1;
  // Stored bits per weight: 1, 8, 16, 32; 0 = no weights.
  int weight_bits = 0;
  // Whether the output has the input's scale and zero point.
  bool keeps_scale = false;
  // Whether the outputs are probabilities, which need no softmax.
  bool gives_probabilities = false;

  // Checks everything the kernel relies on. Sets `context.out_limit`.
  Finding (*check)(const fb::Layer& layer, OperatorContext& context) = nullptr;
  // `in`: the first input. Null: no cost.
  Cost (*cost)(const fb::Layer& layer, const fb::Tensor& in, const fb::Tensor& out) = nullptr;

  // For a convolution; otherwise null.
  const fb::Window* (*window)(const fb::Layer& layer) = nullptr;
  const fb::EndPads* (*end_pads)(const fb::Layer& layer) = nullptr;
  std::int32_t (*groups)(const fb::Layer& layer) = nullptr;
  // For a pool; otherwise null.
  Pooling (*pooling)(const fb::Layer& layer) = nullptr;
};

// Accepts any value. Unknown operators have no `check`.
const OperatorDescription& describe(fb::Operator op) noexcept;
inline const OperatorDescription& describe(const fb::Layer& layer) noexcept { return describe(layer.op_type()); }

// Whether the scores of a checked model are probabilities, not logits.
inline bool gives_probabilities(const fb::Model& model) noexcept {
  return describe(*model.layers()->Get(model.layers()->size() - 1)).gives_probabilities;
}

}  // namespace stapes
