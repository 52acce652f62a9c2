// SPDX-License-Identifier: Apache-2.0
// onnx_factors.h: a layer's fixed-point factors as text in the metadata of an ONNX file. They have 31 bits; float
// scales have only 24.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernels/quantize_multiplier.h"

namespace stapes {

inline constexpr const char* kFactorsKey = "stapes.factors/";  // followed by the node's name

std::string factors_text(const std::vector<FixedPointFactor>& factors);  // "1395864371:-7,..."

// nullopt if the text is damaged.
std::optional<std::vector<FixedPointFactor>> parse_factors(const std::string& text);

// Whether `given` equals `factor` to the precision of float scales.
bool refines(const FixedPointFactor& given, double factor);

}  // namespace stapes
