// SPDX-License-Identifier: Apache-2.0
// tflite_upright.h: exchanges height and width of a model of a time series that has time as its height and a width of
// 1: kernels work along rows. The order of the values in memory stays the same.
#pragma once

#include "packed/model_generated.h"

namespace stapes {

// Other models stay as they are.
void turn_if_upright(packed::fb::ModelT& model);

}  // namespace stapes
