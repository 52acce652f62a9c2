// SPDX-License-Identifier: Apache-2.0
#include "packed/operators/operator.h"

namespace stapes {
namespace {

Finding check_reshape(const fb::Layer&, OperatorContext& c) {
  if (c.in.dtype() != c.out.dtype() || !same_scale(c.in, c.out)) return corrupt("Reshape must keep dtype and scale");
  if (c.in.dtype() == fb::DType::kBits) return corrupt("Reshape does not support kBits");
  if (element_count(c.in) != element_count(c.out)) return corrupt("Reshape must keep the number of values");
  c.out_limit = c.in_limit;
  return {};
}

}  // namespace

extern constexpr OperatorDescription kReshape{.keeps_scale = true, .check = check_reshape};

}  // namespace stapes
