// SPDX-License-Identifier: Apache-2.0
// sparse_weights.h: int8 convolutions stored without their zeros where that is smaller and no slower (packed/sparse.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "packed/model_generated.h"

namespace stapes {

// Convert rows of `row_length` (kernel_w * in) weights to pairs and back. sparse_form() returns null if a row has more
// than 65535 pairs.
std::unique_ptr<packed::fb::SparseWeightsT> sparse_form(std::span<const std::int8_t> weights, std::size_t row_length);
std::vector<std::int8_t> dense_form(const packed::fb::SparseWeightsT& sparse, std::size_t row_length);

// Stores each convolution dense or sparse, whichever is better. Grouped convolutions stay dense.
void store_sparse_where_better(packed::fb::ModelT& model);

}  // namespace stapes
