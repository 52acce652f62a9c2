// SPDX-License-Identifier: Apache-2.0
// reshape.h: copies the bytes for a layer that reads them in another shape.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace stapes {

struct ReshapeArgs {
  const uint8_t* input;  // [bytes]
  uint8_t* output;       // [bytes]; must not overlap the input
  int32_t bytes;
};

void reshape_scalar(const ReshapeArgs& a) noexcept;

}  // namespace stapes
