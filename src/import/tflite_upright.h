// SPDX-License-Identifier: Apache-2.0
// tflite_upright.h: swaps height and width of a time-series model with time as height and a width of 1, since kernels
// work along rows. The order of values in memory stays the same.
#pragma once

#include "packed/model_generated.h"

namespace stapes {

// Leaves other models unchanged.
void turn_if_upright(packed::fb::ModelT& model);

}  // namespace stapes
