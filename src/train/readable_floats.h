// SPDX-License-Identifier: Apache-2.0
// readable_floats.h: which tensors our own loops may read through a pointer.
#pragma once

#include <torch/torch.h>

namespace stapes {

// Whether data_ptr<float>() of `x` may be read here, from end to end. Ask it of every operand, not only of the input: a
// GPU's address read on the CPU is a segmentation fault, whereas libtorch's operators say which devices differ.
inline bool readable_floats(const torch::Tensor& x) {
  return x.device().is_cpu() && x.scalar_type() == torch::kFloat32 && x.is_contiguous();
}

}  // namespace stapes
