// The first layer of a binary network, on Armv7E-M (narrow/narrow_layout.h).
#include "kernels/conv_pcm/conv_pcm.h"
#include "kernels/narrow/narrow_finish.h"
#include "kernels/narrow/narrow_machine_armdsp.h"

namespace stapes {

void conv_pcm_armdsp(const ConvPcmArgs& a) noexcept { narrow_conv<ArmDspMachine<int16_t>>(a); }

}  // namespace stapes
