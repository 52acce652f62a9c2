// SPDX-License-Identifier: Apache-2.0
// conv_pcm.h on AVX2: pairs of samples times pairs of weights.
#include "kernels/conv_pcm/conv_pcm.h"
#include "kernels/loops/tiled/machine_avx2.h"
#include "kernels/loops/tiled/run_tiled.h"

namespace stapes {

void conv_pcm_avx2(const ConvPcmArgs& a) noexcept { run_decided<Avx2Words>(a); }
void conv_pcm_grouped_avx2(const ConvPcmArgs& a) noexcept { run_decided<Avx2Grouped>(a); }

}  // namespace stapes
