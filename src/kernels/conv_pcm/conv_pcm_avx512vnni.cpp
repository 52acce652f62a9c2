// SPDX-License-Identifier: Apache-2.0
// conv_pcm.h on AVX-512 VNNI: pairs of samples times pairs of weights.
#include "kernels/conv_pcm/conv_pcm.h"
#include "kernels/loops/tiled/machine_avx512vnni.h"
#include "kernels/loops/tiled/run_tiled.h"

namespace stapes {

void conv_pcm_avx512vnni(const ConvPcmArgs& a) noexcept { run_decided<Avx512Words>(a); }
void conv_pcm_grouped_avx512vnni(const ConvPcmArgs& a) noexcept { run_decided<Avx512Grouped>(a); }

}  // namespace stapes
