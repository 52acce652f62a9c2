// SPDX-License-Identifier: Apache-2.0
// pcm_steps.h: the table for quantizing PCM on a device (kernels/quantize_pcm.h).
#pragma once

#include <cstdint>
#include <vector>

#include "packed/shapes.h"

namespace stapes {

struct PcmStepTable {
  std::vector<std::int16_t> steps;
  std::int32_t lowest;
};

// The table for a kI8 input tensor.
PcmStepTable pcm_steps(const fb::Tensor& input);

}  // namespace stapes
