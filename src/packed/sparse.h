// SPDX-License-Identifier: Apache-2.0
// sparse.h: sizes of weights stored without their zeros (model.fbs, SparseWeights).
#pragma once

#include <cstdint>

#include "packed/shapes.h"

namespace stapes {

// Share of zeros at which the sparse kernel becomes faster (bench/sparse_bench.cpp, docs/guides/quantization.md). Files
// become smaller at about one half.
inline constexpr double kSparseZeros = 0.85;

// The size of the weights of one int8 convolution in either form.
struct WeightStorage {
  std::int64_t weights = 0, zeros = 0;
  std::int64_t dense_bytes = 0, sparse_bytes = 0;
  bool is_sparse = false;  // as stored

  double zero_share() const { return weights == 0 ? 0 : static_cast<double>(zeros) / static_cast<double>(weights); }
  bool sparse_is_smaller() const { return sparse_bytes < dense_bytes; }
  bool sparse_is_faster() const { return zero_share() >= kSparseZeros; }
  const char* reason() const;  // for or against the sparse form
};

// `row_length`: kernel_w * in. No heap.
WeightStorage dense_weight_storage(const std::int8_t* weights, std::int64_t count, std::int64_t row_length) noexcept;

// `layer`: of a checked model. Empty unless the layer is a ConvI8 with kI8 output and no groups.
WeightStorage weight_storage(const fb::Model& model, const fb::Layer& layer) noexcept;

}  // namespace stapes
