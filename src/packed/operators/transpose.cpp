// SPDX-License-Identifier: Apache-2.0
#include "packed/operators/operator.h"

namespace stapes {
namespace {

Finding check_transpose(const fb::Layer&, OperatorContext& c) {
  if (c.in.dtype() != c.out.dtype() || !same_scale(c.in, c.out)) return corrupt("Transpose must keep dtype and scale");
  const bool fits =
      c.in.height() == 1 && c.out.height() == c.in.channels() && c.out.width() == c.in.width() && c.out.channels() == 1;
  if (!fits) return corrupt("Transpose must turn 1 x W x C into C x W x 1");
  c.out_limit = c.in_limit;
  return {};
}

}  // namespace

extern constexpr OperatorDescription kTranspose{.keeps_scale = true, .check = check_transpose};

}  // namespace stapes
