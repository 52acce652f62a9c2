// SPDX-License-Identifier: Apache-2.0
// tensor_dict.h: named float tensors, without libtorch.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace stapes {

struct FloatTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;  // row-major; size = product of shape
};

using TensorDict = std::map<std::string, FloatTensor>;

}  // namespace stapes
