// SPDX-License-Identifier: Apache-2.0
#include "kernels/conv_i8/conv_i8_sparse.h"
#include "kernels/loops/tiled/tiled_variant.h"
#include "kernels/loops/wave/wave_variant.h"

namespace stapes {

// Writes the weights with their zeros.
template <class M>
static void write_weights(const ConvShape& s, const SparseRows& rows, int32_t excess, TileWriter<M>& writer) {
  const uint8_t* gap = rows.gaps;
  const int8_t* value = rows.values;
  for (int32_t row = 0; row < s.out_c * s.kernel_h; ++row) {
    int32_t at = 0;
    for (int32_t pair = 0; pair < rows.entries[row]; ++pair, ++at) {
      at += *gap++;
      writer.weight(row / s.kernel_h, row % s.kernel_h, at, *value++, excess);
    }
  }
}

namespace {

constexpr Variant<ConvI8SparseArgs<int8_t>> kFromI8[] = {
    {Isa::kScalar, conv_i8_sparse_scalar},
#if STAPES_HAVE_AVX2
    tiled_variant<Tiles256<WordTiles>>(Isa::kAvx2, conv_i8_sparse_avx2),
#endif
#if STAPES_HAVE_AVX512VNNI
    tiled_variant<Tiles512<ByteTiles>>(Isa::kAvx512Vnni, conv_i8_sparse_avx512vnni),
#endif
#if STAPES_HAVE_NEON
    tiled_variant<Tiles256<WordTiles>>(Isa::kNeon, conv_i8_sparse_neon),
#endif
#if STAPES_HAVE_WASMSIMD
    tiled_variant<Tiles256<WordTiles>>(Isa::kWasmSimd, conv_i8_sparse_wasmsimd),
#endif
#if STAPES_HAVE_NEONDOT
    tiled_variant<Tiles256<SignedByteTiles>>(Isa::kNeonDot, conv_i8_sparse_neondot),
#endif
};

constexpr Variant<ConvI8SparseArgs<int16_t>> kFromI16[] = {
    {Isa::kScalar, conv_i8_sparse_from_i16_scalar},
#if STAPES_HAVE_AVX2
    tiled_variant<Tiles256<WordTiles>>(Isa::kAvx2, conv_i8_sparse_from_i16_avx2),
#endif
#if STAPES_HAVE_AVX512VNNI
    tiled_variant<Tiles512<WordTiles>>(Isa::kAvx512Vnni, conv_i8_sparse_from_i16_avx512vnni),
    wave_variant(Isa::kAvx512Vnni, conv_i8_sparse_from_i16_wave_avx512vnni),
#endif
#if STAPES_HAVE_NEON
    tiled_variant<Tiles256<WordTiles>>(Isa::kNeon, conv_i8_sparse_from_i16_neon),
#endif
#if STAPES_HAVE_WASMSIMD
    tiled_variant<Tiles256<WordTiles>>(Isa::kWasmSimd, conv_i8_sparse_from_i16_wasmsimd),
#endif
};

}  // namespace

Variants<ConvI8SparseArgs<int8_t>> conv_i8_sparse_variants() noexcept { return all_of(kFromI8); }
Variants<ConvI8SparseArgs<int16_t>> conv_i8_sparse_from_i16_variants() noexcept { return all_of(kFromI16); }

}  // namespace stapes
