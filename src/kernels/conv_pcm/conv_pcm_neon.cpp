// SPDX-License-Identifier: Apache-2.0
// conv_pcm.h on AArch64.
#include "kernels/conv_pcm/conv_pcm.h"
#include "kernels/loops/tiled/machine_neon.h"
#include "kernels/loops/tiled/run_tiled.h"

namespace stapes {

void conv_pcm_neon(const ConvPcmArgs& a) noexcept { run_decided<NeonWords>(a); }
void conv_pcm_grouped_neon(const ConvPcmArgs& a) noexcept { run_decided<NeonGrouped>(a); }

}  // namespace stapes
