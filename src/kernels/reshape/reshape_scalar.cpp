// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "kernels/kernel.h"
#include "kernels/reshape/reshape.h"

namespace stapes {

STAPES_KERNEL void reshape_scalar(const ReshapeArgs& a) noexcept {
  memcpy(a.output, a.input, static_cast<size_t>(a.bytes));
}

}  // namespace stapes
