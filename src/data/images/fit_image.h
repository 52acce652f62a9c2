// SPDX-License-Identifier: Apache-2.0
// fit_image.h: an image of any size -> a square of the data set's.
#pragma once

#include "data/images/decode_image.h"

namespace stapes {

// Scales so that the shorter side is `side` pixels and cuts the longer one off at both ends alike. Between pixels it is
// linear; what shrinks is averaged, with weights that fall linearly over one pixel of the result on either side, so
// that nothing aliases. An image of side x side stays what it is, to the bit.
//   image  at least one pixel
//   side   at least 1
RgbImage fit_to_square(const RgbImage& image, int side);

}  // namespace stapes
