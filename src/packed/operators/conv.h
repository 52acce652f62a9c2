// SPDX-License-Identifier: Apache-2.0
// conv.h: the checks of the four convolutions. Internal to this folder.
#pragma once

#include "packed/operators/operator.h"

namespace stapes {

Finding check_conv_f32(const fb::Layer& layer, OperatorContext& c);
Finding check_conv_i8(const fb::Layer& layer, OperatorContext& c);
Finding check_conv_pcm(const fb::Layer& layer, OperatorContext& c);
Finding check_conv_bits(const fb::Layer& layer, OperatorContext& c);

}  // namespace stapes
