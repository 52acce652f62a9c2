// SPDX-License-Identifier: Apache-2.0
// fit_image.h: scales and crops an image to a square.
#pragma once

#include "data/images/decode_image.h"

namespace stapes {

// Scales the shorter side to `side` pixels and crops the longer side equally at both ends. Upscaling is bilinear;
// downscaling uses a triangle filter of one output pixel on either side.
//   image  at least one pixel
//   side   at least 1
RgbImage fit_to_square(const RgbImage& image, int side);

}  // namespace stapes
