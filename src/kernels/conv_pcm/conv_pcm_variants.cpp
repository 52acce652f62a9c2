#include "kernels/conv_pcm/conv_pcm.h"

namespace stapes {
namespace {

constexpr Variant<ConvPcmArgs> kVariants[] = {
    {.isa = Isa::kScalar, .run = conv_pcm_scalar},
};

}  // namespace

Variants<ConvPcmArgs> conv_pcm_variants() noexcept { return all_of(kVariants); }

}  // namespace stapes
