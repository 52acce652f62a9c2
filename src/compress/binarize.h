// SPDX-License-Identifier: Apache-2.0
// binarize.h: centers and clamps the weights of a binary convolution, as in training, and splits them into signs and
// alpha. Source: arXiv:1603.05279, as in the code of arXiv:2108.06128.
#pragma once

#include <vector>

#include "graph/tensor_dict.h"

namespace stapes {

struct BinaryFilters {
  std::vector<bool> positive;  // [out][kh][kw][in]; sign(0) = -1, as everywhere in evaluation
  std::vector<double> alpha;   // [out] mean |W| of the centered, clamped filter
};

// weights [out][in][kh][kw]
BinaryFilters binarize_filters(const FloatTensor& weights);

}  // namespace stapes
