// The first layer of a binary network on Armv8.1-M with vectors (narrow/narrow_machine_mve.h).
#include "kernels/conv_pcm/conv_pcm.h"
#include "kernels/narrow/narrow_finish.h"
#include "kernels/narrow/narrow_machine_mve.h"

namespace stapes {

void conv_pcm_mve(const ConvPcmArgs& a) noexcept { narrow_conv<MveMachine<MveWordSizes>>(a); }

}  // namespace stapes
