// SPDX-License-Identifier: Apache-2.0
#include "packed/operators/operator.h"

namespace stapes {
namespace {

using fb::DType;

Finding check_threshold(const fb::Layer& layer, OperatorContext& c) {
  const fb::Threshold& op = *layer.op_as_Threshold();
  const bool known = (c.in.dtype() == DType::kI16 || c.in.dtype() == DType::kI32) && c.out.dtype() == DType::kBits;
  if (!known) return corrupt("Threshold requires kI16 or kI32 input and kBits output");
  if (!same_shape(c.in, c.out)) return corrupt("Threshold must keep the shape");
  if (op.thresholds() == nullptr) return corrupt("no thresholds");
  return check_thresholds(*op.thresholds(), c.in.channels());
}

Cost threshold_cost(const fb::Layer& layer, const fb::Tensor&, const fb::Tensor&) {
  return {.constants = {.thresholds = threshold_bytes(layer.op_as_Threshold()->thresholds())}};
}

}  // namespace

extern constexpr OperatorDescription kThreshold{.check = check_threshold, .cost = threshold_cost};

}  // namespace stapes
