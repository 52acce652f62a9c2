// SPDX-License-Identifier: Apache-2.0
// element_types.h: converts the little-endian numbers in weight files to float.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "graph/tensor_dict.h"

namespace stapes::imports {

constexpr std::size_t kMaxAxes = 8;  // of a tensor

using ToFloat = float (*)(const std::byte* element);

float from_float32(const std::byte* element);
float from_float64(const std::byte* element);   // rounded to nearest
float from_float16(const std::byte* element);   // IEEE 754 binary16
float from_bfloat16(const std::byte* element);  // the upper half of a float32

// Whether `name` is an integer that torch stores but no network needs: "...num_batches_tracked" of a batch norm,
// "n_averaged" of averaged weights.
bool is_step_counter(std::string_view name);

// Throws Error for a NaN or an infinity.
void check_finite(const std::string& name, const FloatTensor& tensor);

}  // namespace stapes::imports
