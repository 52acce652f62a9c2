// SPDX-License-Identifier: Apache-2.0
// readable_floats.h: tensors that our own loops may read through a pointer.
#pragma once

#include <torch/torch.h>

namespace stapes {

// Whether the CPU can read `x` contiguously through data_ptr<float>(). Check every operand: reading a GPU address on
// the CPU is a segmentation fault.
inline bool readable_floats(const torch::Tensor& x) {
  return x.device().is_cpu() && x.scalar_type() == torch::kFloat32 && x.is_contiguous();
}

}  // namespace stapes
