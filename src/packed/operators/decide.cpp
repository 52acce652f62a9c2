// SPDX-License-Identifier: Apache-2.0
#include "packed/operators/operator.h"

namespace stapes {
namespace {

using fb::DType;

Finding check_decide(const fb::Layer& layer, OperatorContext& c) {
  const fb::Decide& op = *layer.op_as_Decide();
  const bool known = (c.in.dtype() == DType::kI16 || c.in.dtype() == DType::kI32) && c.out.dtype() == DType::kBits;
  if (!known) return corrupt("Decide takes kI16 or kI32 and gives kBits");
  if (!same_shape(c.in, c.out)) return corrupt("Decide keeps its shape");
  if (op.thresholds() == nullptr) return corrupt("no thresholds");
  return check_thresholds(*op.thresholds(), c.in.channels());
}

Cost decide_cost(const fb::Layer& layer, const fb::Tensor&, const fb::Tensor&) {
  return {.constants = {.thresholds = threshold_bytes(layer.op_as_Decide()->thresholds())}};
}

}  // namespace

extern constexpr OperatorDescription kDecide{.check = check_decide, .cost = decide_cost};

}  // namespace stapes
