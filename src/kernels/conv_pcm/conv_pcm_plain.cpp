// SPDX-License-Identifier: Apache-2.0
// The first layer of a binary network in standard C++ (narrow/narrow_layout.h).
#include "kernels/conv_pcm/conv_pcm.h"
#include "kernels/kernel.h"
#include "kernels/loops/narrow/narrow_finish.h"
#include "kernels/loops/narrow/narrow_machine_plain.h"

namespace stapes {

STAPES_KERNEL void conv_pcm_plain(const ConvPcmArgs& a) noexcept {
  narrow_conv<PlainMachine<PlainWordSizes, int16_t>>(a);
}

}  // namespace stapes
