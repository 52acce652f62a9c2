// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_pcm/conv_pcm.h"
#include "kernels/loops/narrow/narrow_variant.h"
#include "kernels/loops/tiled/tiled_variant.h"
#include "kernels/loops/wave/wave_variant.h"

namespace stapes {
namespace {

constexpr Variant<ConvPcmArgs> kVariants[] = {
    {Isa::kScalar, conv_pcm_scalar},
    narrow_variant<PlainWordSizes, int16_t, ConvPcmArgs>(Isa::kPlain, conv_pcm_plain),
    narrow_variant<WideWeights<ArmDspSizes>, int16_t, ConvPcmArgs>(Isa::kArmDsp, nullptr),  // runs in exports only
    narrow_variant<MveWordSizes, int16_t, ConvPcmArgs>(Isa::kMve, nullptr),
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
#if STAPES_HAVE_WASMSIMD
    tiled_variant<Tiles256<WordTiles>>(Isa::kWasmSimd, conv_pcm_wasmsimd),
    grouped_variant<Tiles256<WordTiles>>(Isa::kWasmSimd, conv_pcm_grouped_wasmsimd),
#endif
};

}  // namespace

Variants<ConvPcmArgs> conv_pcm_variants() noexcept { return all_of(kVariants); }

}  // namespace stapes
