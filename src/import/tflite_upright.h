// SPDX-License-Identifier: Apache-2.0
// tflite_upright.h: swaps height and width of a time-series model of width 1, since kernels work along rows. Values
// keep their order in memory.
#pragma once

#include "packed/model_generated.h"

namespace stapes {

// Leaves other models unchanged.
void turn_if_upright(packed::fb::ModelT& model);

}  // namespace stapes
