// SPDX-License-Identifier: Apache-2.0
// conv_pcm_armdsp.h: the first layer of a binary network on Armv7E-M, for exports: shapes known at compile time
// (narrow/narrow_layout.h).
#pragma once

#include "kernels/conv_pcm/conv_pcm.h"
#include "kernels/loops/narrow/narrow_finish.h"
#include "kernels/loops/narrow/narrow_machine_armdsp.h"

namespace stapes {

template <const ConvShape& kShape>
static inline void conv_pcm_armdsp_fixed(const ConvPcmArgs& a) {
  narrow_conv_fixed<ArmDspMachine<int16_t>, kShape>(a);
}

}  // namespace stapes
