// SPDX-License-Identifier: Apache-2.0
// conv_i8_from_i16 for raw audio on AVX-512 VNNI (wave/wave_conv_avx512vnni.h).
#include "kernels/conv_i8/conv_i8.h"
#include "kernels/conv_i8/conv_i8_sparse.h"
#include "kernels/loops/tiled/tile_writer.h"
#include "kernels/loops/wave/wave_conv_avx512vnni.h"

namespace stapes {
namespace {

constexpr int32_t kFilters = WaveTiles::kLanes;

struct FilterConstants {
  const TileLayout<WaveMachine>& layout;
  const void* prepared;

  __m512i all(int32_t array, int32_t filter) const {
    return _mm512_set1_epi32(layout.constants(prepared, array)[filter]);
  }
};

__m512i rescale(__m512i sums, const FilterConstants& constants, int32_t filter) {
  return Avx512::Rescale(constants.all(RescaleArrays::kMultiplier, filter), constants.all(RescaleArrays::kLeft, filter),
                         constants.all(RescaleArrays::kHalf, filter),
                         constants.all(RescaleArrays::kRight, filter))(sums);
}

// Bytes [16 positions][8 filters]. Packing produces quarters of 4 positions.
struct Transposed {
  __m512i even, odd;  // positions 0, 1 and 2, 3 of each quarter
};

Transposed transpose(const WaveSums& values, int32_t zero_point, __m512i minimum, __m512i maximum) {
  const __m512i zero = _mm512_set1_epi16(static_cast<int16_t>(zero_point));
  const __m512i by_position =
      _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  __m512i fours[2];  // [quarter][position][4 filters]
  for (int half = 0; half < 2; ++half) {
    const __m512i* q = values.of + 4 * half;
    // Saturation is fine: values outside 16 or 8 bits are beyond minimum and maximum too.
    const __m512i first = _mm512_adds_epi16(_mm512_packs_epi32(q[0], q[1]), zero);
    const __m512i second = _mm512_adds_epi16(_mm512_packs_epi32(q[2], q[3]), zero);
    const __m512i bytes = _mm512_packs_epi16(first, second);
    fours[half] = _mm512_shuffle_epi8(_mm512_min_epi8(_mm512_max_epi8(bytes, minimum), maximum), by_position);
  }
  return {_mm512_unpacklo_epi32(fours[0], fours[1]), _mm512_unpackhi_epi32(fours[0], fours[1])};
}

// Closes the gap between two positions of fewer than 8 channels.
__m512i without_gaps(__m512i pairs, int32_t channels) {
  const __m128i place = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m128i second = _mm_add_epi8(place, _mm_set1_epi8(static_cast<char>(8 - channels)));
  const __mmask16 is_first = static_cast<__mmask16>((1u << channels) - 1);
  return _mm512_shuffle_epi8(pairs, _mm512_broadcast_i32x4(_mm_mask_blend_epi8(is_first, second, place)));
}

// Stores up to two positions.
void store_pair(__m128i pair, int32_t channels, int32_t positions, int8_t* to) {
  if (positions <= 0) return;
  const int32_t bytes = (positions < 2 ? 1 : 2) * channels;
  _mm_mask_storeu_epi8(to, static_cast<__mmask16>((1u << bytes) - 1), pair);
}

template <int kQuarter>
void store_quarter(const Transposed& t, int32_t channels, int32_t count, int8_t* to) {
  const int32_t first = 4 * kQuarter;
  store_pair(_mm512_extracti32x4_epi32(t.even, kQuarter), channels, count - first, to + first * channels);
  store_pair(_mm512_extracti32x4_epi32(t.odd, kQuarter), channels, count - first - 2, to + (first + 2) * channels);
}

template <class Args>
void convolve(const Args& a) {
  const TileLayout<WaveMachine> layout = tile_layout<WaveMachine>(a.shape, RescaleArrays::kCount);
  const FilterConstants constants{layout, a.memory.prepared};
  const int32_t channels = a.shape.out_c;
  const __m512i minimum = _mm512_set1_epi8(static_cast<char>(a.minimum));
  const __m512i maximum = _mm512_set1_epi8(static_cast<char>(a.maximum));
  convolve_wave(a.shape, layout, a.input, a.memory.prepared, [&](WaveSums& sums, int32_t count, ptrdiff_t position) {
    for (int32_t f = 0; f < kFilters; ++f) sums.of[f] = rescale(sums.of[f], constants, f);
    Transposed t = transpose(sums, a.out_zero_point, minimum, maximum);
    t = {without_gaps(t.even, channels), without_gaps(t.odd, channels)};
    int8_t* to = a.output + position * channels;
    store_quarter<0>(t, channels, count, to);
    store_quarter<1>(t, channels, count, to);
    store_quarter<2>(t, channels, count, to);
    store_quarter<3>(t, channels, count, to);
  });
}

}  // namespace

void conv_i8_from_i16_wave_avx512vnni(const ConvI8Args<int16_t, int8_t>& a) noexcept { convolve(a); }
void conv_i8_sparse_from_i16_wave_avx512vnni(const ConvI8SparseArgs<int16_t>& a) noexcept { convolve(a); }

}  // namespace stapes
