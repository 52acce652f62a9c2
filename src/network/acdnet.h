// SPDX-License-Identifier: Apache-2.0
// acdnet.h: the ACDNet family: raw audio. Source: arXiv:2103.03483 (full precision), arXiv:2108.06128 (XNOR form).
//
// conv1 and conv2 run along the wave, the swap makes conv2's channels height, conv3 .. conv12 see a picture.
// spec.widths are the filters of conv1 .. conv12. Tensors are called "convK", "bnK" and "rpreluK"; the batch norm of
// conv3 has one channel where conv3 is binary.
#pragma once

#include "network/network.h"

namespace stapes {

inline constexpr int kAcdnetConvs = 12;

// conv is 0-based, as everywhere in code.
bool is_binary_conv(const NetworkSpec& spec, int conv);

// The rules of check_form() that are ACDNet's own.
void check_acdnet_form(const NetworkSpec& spec);

// Throws Error like network_geometry().
NetworkGeometry acdnet_geometry(const NetworkSpec& spec);

// The published window at 20 and 44.1 kHz, else one second.
int usual_window_samples(int sample_rate_hz);

}  // namespace stapes
