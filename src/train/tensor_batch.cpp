// SPDX-License-Identifier: Apache-2.0
#include "train/tensor_batch.h"

namespace stapes {

std::vector<std::int64_t> input_shape(const NetworkSpec& spec, std::int64_t count) {
  const FeatureSize size = input_size(spec.input);
  return {count, size.channels, size.height, size.width};
}

TensorBatch as_tensors(Batch& batch, const NetworkSpec& spec) {
  return {torch::from_blob(batch.values.data(), input_shape(spec, batch.count), torch::kFloat32),
          torch::from_blob(batch.targets.data(), {batch.count, spec.class_count}, torch::kFloat32)};
}

}  // namespace stapes
