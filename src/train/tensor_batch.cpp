// SPDX-License-Identifier: Apache-2.0
#include "train/tensor_batch.h"

namespace stapes {

std::vector<std::int64_t> input_shape(const NetworkSpec& spec, std::int64_t count) {
  if (!is_image(spec.input)) return {count, 1, 1, input_values(spec.input)};
  const ImageSize image = image_size(spec.input);
  return {count, image.channels, image.height, image.width};
}

TensorBatch as_tensors(Batch& batch, const NetworkSpec& spec) {
  return {torch::from_blob(batch.values.data(), input_shape(spec, batch.count), torch::kFloat32),
          torch::from_blob(batch.targets.data(), {batch.count, spec.class_count}, torch::kFloat32)};
}

}  // namespace stapes
