#include "kernels/conv_pcm/conv_pcm.h"
#include "kernels/tiled/tiled_variant.h"
#include "kernels/wave/wave_variant.h"

namespace stapes {
namespace {

constexpr Variant<ConvPcmArgs> kVariants[] = {
    {.isa = Isa::kScalar, .run = conv_pcm_scalar},
#if STAPES_HAVE_AVX2
    tiled_variant<Tiles256<WordTiles>>(Isa::kAvx2, conv_pcm_avx2),
    grouped_variant<Tiles256<WordTiles>>(Isa::kAvx2, conv_pcm_grouped_avx2),
#endif
#if STAPES_HAVE_AVX512VNNI
    tiled_variant<Tiles512<WordTiles>>(Isa::kAvx512Vnni, conv_pcm_avx512vnni),
    grouped_variant<Tiles512<WordTiles>>(Isa::kAvx512Vnni, conv_pcm_grouped_avx512vnni),
    wave_variant(Isa::kAvx512Vnni, conv_pcm_wave_avx512vnni),
#endif
#if STAPES_HAVE_NEON
    tiled_variant<Tiles256<WordTiles>>(Isa::kNeon, conv_pcm_neon),
    grouped_variant<Tiles256<WordTiles>>(Isa::kNeon, conv_pcm_grouped_neon),
#endif
};

}  // namespace

Variants<ConvPcmArgs> conv_pcm_variants() noexcept { return all_of(kVariants); }

}  // namespace stapes
