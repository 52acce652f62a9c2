// SPDX-License-Identifier: Apache-2.0
// depthwise_quads.h: the loops of depthwise_quads_layout.h:
//
//   for each row of outputs:  copy the new input rows (padded_band.h)
//     for each chunk, for each 64 bytes of outputs:
//       sums = start; for each quad of taps:  interleave 64 bytes of each tap; sums += dot(quads, weights)
//       rescale, pack, store
#pragma once

#include "kernels/loops/depthwise/depthwise_quads_layout.h"
#include "kernels/loops/tiled/machine_avx512vnni.h"

namespace stapes {
namespace {

// Offsets from a position's first element; 0 for taps missing from the last quad.
struct QuadOffsets {
  ptrdiff_t of[kMaxDepthwiseTaps];

  explicit QuadOffsets(const ConvShape& s) {
    const int32_t taps = s.kernel_h * s.kernel_w;
    for (int32_t tap = 0; tap < quads_layout(s).quads * kQuadTaps; ++tap) {
      const int32_t tap_h = tap / s.kernel_w, tap_w = tap % s.kernel_w;
      of[tap] = tap < taps ? ptrdiff_t{tap_h} * band_shape(s).row_elements + ptrdiff_t{tap_w} * s.in_c : 0;
    }
  }
};

// kQuads: number of quads, 0 if unknown at compile time.
template <int kQuads>
class QuadsChunk {
 public:
  QuadsChunk(const ConvI8Args<int8_t, int8_t>& a, const QuadsLayout& layout, const QuadOffsets& offsets, int32_t chunk)
      : memory_(a.memory.prepared),
        layout_(layout),
        offsets_(offsets),
        chunk_(chunk),
        weights_(layout.weights(memory_, chunk)),
        rescale_{rescale(0), rescale(1), rescale(2), rescale(3)},
        narrow_(a.out_zero_point, a.minimum, a.maximum) {}

  // 64 outputs. Their first position begins at `input`.
  __m512i operator()(const uint8_t* input) const {
    __m512i sums[4];
    for (int i = 0; i < 4; ++i) sums[i] = constant(RescaleArrays::kStart, i);
    const int8_t* weights = weights_;
    const ptrdiff_t* offset = offsets_.of;
    for (int32_t quad = 0; quad < (kQuads > 0 ? kQuads : layout_.quads); ++quad, offset += kQuadTaps) {
      const __m512i a = _mm512_loadu_si512(input + offset[0]), b = _mm512_loadu_si512(input + offset[1]);
      const __m512i c = _mm512_loadu_si512(input + offset[2]), d = _mm512_loadu_si512(input + offset[3]);
      const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
      const __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
      const __m512i quads[4] = {_mm512_unpacklo_epi16(ab_low, cd_low), _mm512_unpackhi_epi16(ab_low, cd_low),
                                _mm512_unpacklo_epi16(ab_high, cd_high), _mm512_unpackhi_epi16(ab_high, cd_high)};
      for (int i = 0; i < 4; ++i, weights += kQuadChunk) {
        sums[i] = _mm512_dpbusd_epi32(sums[i], quads[i], _mm512_loadu_si512(weights));
      }
    }
    return narrow_.packed({rescale_[0](sums[0]), rescale_[1](sums[1]), rescale_[2](sums[2]), rescale_[3](sums[3])});
  }

 private:
  __m512i constant(int32_t array, int32_t vector) const {
    return _mm512_loadu_si512(layout_.constants(memory_, array, chunk_) + 16 * vector);
  }
  Avx512::Rescale rescale(int32_t vector) const {
    return Avx512::Rescale(constant(RescaleArrays::kMultiplier, vector), constant(RescaleArrays::kLeft, vector),
                           constant(RescaleArrays::kHalf, vector), constant(RescaleArrays::kRight, vector));
  }

  const void* memory_;
  const QuadsLayout& layout_;
  const QuadOffsets& offsets_;
  int32_t chunk_;
  const int8_t* weights_;
  Avx512::Rescale rescale_[4];
  Avx512::Narrow narrow_;
};

template <int kQuads>
void convolve_row_of_quads(const ConvI8Args<int8_t, int8_t>& a, const QuadsLayout& layout, const QuadOffsets& offsets,
                           const uint8_t* band, int8_t* output) {
  const ConvShape& s = a.shape;
  if (quads_repeat(s)) {
    const QuadsChunk<kQuads> chunk(a, layout, offsets, 0);
    const int32_t bytes = s.out_w * s.out_c;
    for (int32_t i = 0; i < bytes; i += kQuadChunk) Avx512::store_bytes(chunk(band + i), bytes - i, output + i);
    return;
  }
  for (int32_t c = 0; c < layout.chunks; ++c) {
    const QuadsChunk<kQuads> chunk(a, layout, offsets, c);
    const int32_t first = c * kQuadChunk, step = s.stride_w * s.in_c;
    for (int32_t x = 0; x < s.out_w; ++x) {
      Avx512::store_bytes(chunk(band + ptrdiff_t{x} * step + first), s.out_c - first,
                          output + ptrdiff_t{x} * s.out_c + first);
    }
  }
}

void run_depthwise_quads(const ConvI8Args<int8_t, int8_t>& a) {
  const ConvShape& s = a.shape;
  const QuadsLayout layout = quads_layout(s);
  const QuadOffsets offsets(s);
  MovingBand<Avx512Bytes> moving(s, a.memory.scratch);
  for (int32_t y = 0; y < s.out_h; ++y) {
    const uint8_t* const band = moving.of_row(s, a.input, a.in_zero_point, y);
    int8_t* const output = a.output + ptrdiff_t{y} * s.out_w * s.out_c;
    if (layout.quads == 3) {
      convolve_row_of_quads<3>(a, layout, offsets, band, output);
    } else {
      convolve_row_of_quads<0>(a, layout, offsets, band, output);
    }
  }
}

}  // namespace
}  // namespace stapes
