// SPDX-License-Identifier: Apache-2.0
#include "kernels/kernel.h"
#include "kernels/linear/linear_i8_rescaled.h"

namespace stapes {

STAPES_KERNEL void linear_i8_to_i8_scalar(const LinearI8ToI8Args& a) noexcept { linear_i8_rescaled<rescale>(a); }

}  // namespace stapes
