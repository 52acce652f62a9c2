// SPDX-License-Identifier: Apache-2.0
// tensor_batch.h: a batch of training samples as tensors.
#pragma once

#include <torch/torch.h>

#include "data/batch_stream.h"
#include "graph/network.h"

namespace stapes {

struct TensorBatch {
  torch::Tensor values;   // [count][channels][height][width]; waves [count][1][1][window_samples]
  torch::Tensor targets;  // [count][class_count]
};

// [count][channels][height][width]
std::vector<std::int64_t> input_shape(const NetworkSpec& spec, std::int64_t count);

// Borrows the batch's memory.
TensorBatch as_tensors(Batch& batch, const NetworkSpec& spec);

}  // namespace stapes
