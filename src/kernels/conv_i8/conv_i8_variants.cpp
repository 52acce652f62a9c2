// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/loops/dense/dense_blocks_variant.h"
#include "kernels/loops/dense/dense_layout.h"
#include "kernels/loops/depthwise/depthwise_lanes_variant.h"
#include "kernels/loops/depthwise/depthwise_quads_layout.h"
#include "kernels/loops/depthwise/depthwise_taps_layout.h"
#include "kernels/loops/depthwise/depthwise_variant.h"
#include "kernels/loops/narrow/narrow_variant.h"
#include "kernels/loops/paired/paired_variant.h"
#include "kernels/loops/patch/patch_layout.h"
#include "kernels/loops/tiled/doubled_variant.h"
#include "kernels/loops/tiled/tiled_variant.h"
#include "kernels/loops/twin/twin_variant.h"
#include "kernels/loops/wave/wave_variant.h"

namespace stapes {
namespace {

// `run` of variants for exports only, which are listed on every machine so that exports can lay out weights.
template <class Args>
constexpr void (*kExportsOnly)(const Args&) noexcept = nullptr;

constexpr Variant<ConvI8Args<int8_t, int8_t>> kFromI8[] = {
    {Isa::kScalar, conv_i8_scalar},
    narrow_variant<PlainByteSizes, int8_t, ConvI8Args<int8_t, int8_t>>(Isa::kPlain, conv_i8_plain),
    twin_variant(Isa::kPlain, conv_i8_twin_plain),
    dense_variant<PlainDenseSizes>(Isa::kPlain, conv_i8_dense_plain),
    depthwise_variant<PlainDepthwiseSizes>(Isa::kPlain, conv_i8_depthwise_plain),
    depthwise_bands_variant(Isa::kPlain, conv_i8_depthwise_bands_plain),
    narrow_variant<ArmDspSizes, int8_t, ConvI8Args<int8_t, int8_t>>(Isa::kArmDsp,
                                                                    kExportsOnly<ConvI8Args<int8_t, int8_t>>),
    paired_variant<ArmDspPairedSizes>(Isa::kArmDsp, kExportsOnly<ConvI8Args<int8_t, int8_t>>),
    dense_variant<ArmDspDenseSizes>(Isa::kArmDsp, kExportsOnly<ConvI8Args<int8_t, int8_t>>),
    paired_dense_variant<ArmDspPairedSizes>(Isa::kArmDsp, kExportsOnly<ConvI8Args<int8_t, int8_t>>),
    depthwise_variant<ArmDspDepthwiseSizes>(Isa::kArmDsp, kExportsOnly<ConvI8Args<int8_t, int8_t>>),
    depthwise_rows_variant<ArmDspDepthwiseSizes>(Isa::kArmDsp, kExportsOnly<ConvI8Args<int8_t, int8_t>>),
    narrow_variant<MveByteSizes, int8_t, ConvI8Args<int8_t, int8_t>>(Isa::kMve,
                                                                     kExportsOnly<ConvI8Args<int8_t, int8_t>>),
    patch_variant<MvePatchSizes>(Isa::kMve, "patch", kExportsOnly<ConvI8Args<int8_t, int8_t>>),
    patch_variant<MveSinglePatchSizes>(Isa::kMve, "single_patch", kExportsOnly<ConvI8Args<int8_t, int8_t>>),
    depthwise_lanes_variant(Isa::kMve, kExportsOnly<ConvI8Args<int8_t, int8_t>>),
#if STAPES_HAVE_AVX2
    tiled_variant<Tiles256<WordTiles>>(Isa::kAvx2, conv_i8_avx2),
    grouped_variant<Tiles256<WordTiles>>(Isa::kAvx2, conv_i8_grouped_avx2),
#endif
#if STAPES_HAVE_AVX512VNNI
    tiled_variant<Tiles512<ByteTiles>>(Isa::kAvx512Vnni, conv_i8_avx512vnni),
    doubled_variant<Tiles512<ByteTiles>>(Isa::kAvx512Vnni, conv_i8_doubled_avx512vnni),
    dense_blocks_variant<DenseBlocks512, ConvI8Args<int8_t, int8_t>>(Isa::kAvx512Vnni, conv_i8_dense_avx512vnni),
    grouped_variant<Tiles512<WordTiles>>(Isa::kAvx512Vnni, conv_i8_grouped_avx512vnni),
    depthwise_taps_variant<DepthwiseTaps>(Isa::kAvx512Vnni, conv_i8_depthwise_avx512vnni),
    depthwise_quads_variant(Isa::kAvx512Vnni, conv_i8_depthwise_quads_avx512vnni),
#endif
#if STAPES_HAVE_NEON
    tiled_variant<Tiles256<WordTiles>>(Isa::kNeon, conv_i8_neon),
    grouped_variant<Tiles256<WordTiles>>(Isa::kNeon, conv_i8_grouped_neon),
#endif
#if STAPES_HAVE_WASMSIMD
    tiled_variant<Tiles256<WordTiles>>(Isa::kWasmSimd, conv_i8_wasmsimd),
    grouped_variant<Tiles256<WordTiles>>(Isa::kWasmSimd, conv_i8_grouped_wasmsimd),
#endif
#if STAPES_HAVE_NEONDOT
    tiled_variant<Tiles256<SignedByteTiles>>(Isa::kNeonDot, conv_i8_neondot),
#endif
};

constexpr Variant<ConvI8Args<int16_t, int8_t>> kFromI16[] = {
    {Isa::kScalar, conv_i8_from_i16_scalar},
    narrow_variant<PlainWordSizes, int8_t, ConvI8Args<int16_t, int8_t>>(Isa::kPlain, conv_i8_from_i16_plain),
    narrow_variant<ArmDspSizes, int8_t, ConvI8Args<int16_t, int8_t>>(Isa::kArmDsp,
                                                                     kExportsOnly<ConvI8Args<int16_t, int8_t>>),
    narrow_variant<MveWordSizes, int16_t, ConvI8Args<int16_t, int8_t>>(Isa::kMve,
                                                                       kExportsOnly<ConvI8Args<int16_t, int8_t>>),
#if STAPES_HAVE_AVX2
    tiled_variant<Tiles256<WordTiles>>(Isa::kAvx2, conv_i8_from_i16_avx2),
    grouped_variant<Tiles256<WordTiles>>(Isa::kAvx2, conv_i8_from_i16_grouped_avx2),
#endif
#if STAPES_HAVE_AVX512VNNI
    tiled_variant<Tiles512<WordTiles>>(Isa::kAvx512Vnni, conv_i8_from_i16_avx512vnni),
    grouped_variant<Tiles512<WordTiles>>(Isa::kAvx512Vnni, conv_i8_from_i16_grouped_avx512vnni),
    wave_variant(Isa::kAvx512Vnni, conv_i8_from_i16_wave_avx512vnni),
#endif
#if STAPES_HAVE_NEON
    tiled_variant<Tiles256<WordTiles>>(Isa::kNeon, conv_i8_from_i16_neon),
    grouped_variant<Tiles256<WordTiles>>(Isa::kNeon, conv_i8_from_i16_grouped_neon),
#endif
#if STAPES_HAVE_WASMSIMD
    tiled_variant<Tiles256<WordTiles>>(Isa::kWasmSimd, conv_i8_from_i16_wasmsimd),
    grouped_variant<Tiles256<WordTiles>>(Isa::kWasmSimd, conv_i8_from_i16_grouped_wasmsimd),
#endif
};

constexpr Variant<ConvI8Args<int16_t, int16_t>> kI16ToI16[] = {
    {Isa::kScalar, conv_i8_i16_scalar},
    narrow_variant<PlainWordSizes, int8_t, ConvI8Args<int16_t, int16_t>>(Isa::kPlain, conv_i8_i16_plain),
    narrow_variant<ArmDspSizes, int8_t, ConvI8Args<int16_t, int16_t>>(Isa::kArmDsp,
                                                                      kExportsOnly<ConvI8Args<int16_t, int16_t>>),
    narrow_variant<MveWordSizes, int16_t, ConvI8Args<int16_t, int16_t>>(Isa::kMve,
                                                                        kExportsOnly<ConvI8Args<int16_t, int16_t>>),
#if STAPES_HAVE_AVX2
    tiled_variant<Tiles256<WordTiles>>(Isa::kAvx2, conv_i8_i16_avx2),
    grouped_variant<Tiles256<WordTiles>>(Isa::kAvx2, conv_i8_i16_grouped_avx2),
#endif
#if STAPES_HAVE_AVX512VNNI
    tiled_variant<Tiles512<WordTiles>>(Isa::kAvx512Vnni, conv_i8_i16_avx512vnni),
    grouped_variant<Tiles512<WordTiles>>(Isa::kAvx512Vnni, conv_i8_i16_grouped_avx512vnni),
#endif
#if STAPES_HAVE_NEON
    tiled_variant<Tiles256<WordTiles>>(Isa::kNeon, conv_i8_i16_neon),
    grouped_variant<Tiles256<WordTiles>>(Isa::kNeon, conv_i8_i16_grouped_neon),
#endif
#if STAPES_HAVE_WASMSIMD
    tiled_variant<Tiles256<WordTiles>>(Isa::kWasmSimd, conv_i8_i16_wasmsimd),
    grouped_variant<Tiles256<WordTiles>>(Isa::kWasmSimd, conv_i8_i16_grouped_wasmsimd),
#endif
};

constexpr Variant<ConvI8BitsArgs> kToBits[] = {
    {Isa::kScalar, conv_i8_bits_scalar},
    narrow_variant<PlainWordSizes, int8_t, ConvI8BitsArgs>(Isa::kPlain, conv_i8_bits_plain),
    narrow_variant<ArmDspSizes, int8_t, ConvI8BitsArgs>(Isa::kArmDsp, kExportsOnly<ConvI8BitsArgs>),
    narrow_variant<MveWordSizes, int16_t, ConvI8BitsArgs>(Isa::kMve, kExportsOnly<ConvI8BitsArgs>),
#if STAPES_HAVE_AVX2
    tiled_variant<Tiles256<WordTiles>>(Isa::kAvx2, conv_i8_bits_avx2),
    grouped_variant<Tiles256<WordTiles>>(Isa::kAvx2, conv_i8_bits_grouped_avx2),
#endif
#if STAPES_HAVE_AVX512VNNI
    tiled_variant<Tiles512<WordTiles>>(Isa::kAvx512Vnni, conv_i8_bits_avx512vnni),
    grouped_variant<Tiles512<WordTiles>>(Isa::kAvx512Vnni, conv_i8_bits_grouped_avx512vnni),
#endif
#if STAPES_HAVE_NEON
    tiled_variant<Tiles256<WordTiles>>(Isa::kNeon, conv_i8_bits_neon),
    grouped_variant<Tiles256<WordTiles>>(Isa::kNeon, conv_i8_bits_grouped_neon),
#endif
#if STAPES_HAVE_WASMSIMD
    tiled_variant<Tiles256<WordTiles>>(Isa::kWasmSimd, conv_i8_bits_wasmsimd),
    grouped_variant<Tiles256<WordTiles>>(Isa::kWasmSimd, conv_i8_bits_grouped_wasmsimd),
#endif
};

}  // namespace

Variants<ConvI8Args<int8_t, int8_t>> conv_i8_variants() noexcept { return all_of(kFromI8); }
Variants<ConvI8Args<int16_t, int8_t>> conv_i8_from_i16_variants() noexcept { return all_of(kFromI16); }
Variants<ConvI8Args<int16_t, int16_t>> conv_i8_i16_variants() noexcept { return all_of(kI16ToI16); }
Variants<ConvI8BitsArgs> conv_i8_bits_variants() noexcept { return all_of(kToBits); }

}  // namespace stapes
