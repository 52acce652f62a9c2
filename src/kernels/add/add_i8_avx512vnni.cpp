// SPDX-License-Identifier: Apache-2.0
// Int8 additions on AVX-512. One branch has the factor 1/2, which is a shift. In the other, x = q - zero_point has 9
// bits, so its first rounding (requantize.h) needs no 64-bit products. With multiplier = 2^16 * high + low, both
// signed:
//
//   (x * multiplier + 2^10) / 2^11 = 2^5 * x * high + (x * low + 2^10) / 2^11        rounded down
//
// For low in (-2^15, 2^15], -high and -low have 16 bits each, so the kernel multiplies -x.
#include "kernels/add/add_i8_lanes.h"
#include "kernels/loops/tiled/machine_avx512vnni.h"

namespace stapes {
namespace {

static_assert(kAddHeadroomBits == 20, "the formula above computes (x * 2^20 * multiplier + 2^30) / 2^31");

// rescale(x * 2^20) for a factor without a left shift.
class BranchRescale {
 public:
  explicit BranchRescale(const AddI8Branch& branch)
      : zero_(_mm512_set1_epi32(branch.zero_point)),
        minus_high_(_mm512_set1_epi32(-high_part(branch.multiplier) & 0xFFFF)),
        minus_low_(_mm512_set1_epi32(-low_part(branch.multiplier) & 0xFFFF)),
        half_(_mm512_set1_epi32(branch.shift < 0 ? int32_t{1} << (-branch.shift - 1) : 0)),
        right_(_mm512_set1_epi32(-branch.shift)),
        divides_(_mm512_test_epi32_mask(right_, right_)) {}

  __m512i operator()(__m512i q) const {
    // The factors' upper halves are 0.
    const __m512i minus_x = _mm512_sub_epi32(zero_, q);
    const __m512i low = _mm512_dpwssd_epi32(_mm512_set1_epi32(1 << 10), minus_x, minus_low_);
    const __m512i product = _mm512_slli_epi32(_mm512_madd_epi16(minus_x, minus_high_), 5);
    const __m512i high = _mm512_add_epi32(product, _mm512_srai_epi32(low, 11));
    const __mmask16 below_zero = _mm512_mask_cmplt_epi32_mask(divides_, high, _mm512_setzero_si512());
    const __m512i up = _mm512_add_epi32(high, half_);
    return _mm512_srav_epi32(_mm512_mask_sub_epi32(up, below_zero, up, _mm512_set1_epi32(1)), right_);
  }

 private:
  static int32_t low_part(int32_t multiplier) {
    const int32_t low = multiplier & 0xFFFF;
    return low > 0x8000 ? low - 0x10000 : low;
  }
  static int32_t high_part(int32_t multiplier) {
    return static_cast<int32_t>((int64_t{multiplier} - low_part(multiplier)) >> 16);
  }

  __m512i zero_, minus_high_, minus_low_, half_, right_;
  __mmask16 divides_;
};

class HalfAdd {
 public:
  HalfAdd(const AddI8Args& a, const AddI8Branch& half, const AddI8Branch& other)
      : minus_half_zero_(_mm512_set1_epi32(-half.zero_point * (1 << kHalfBits))),
        from_other_(other),
        rescale_(lanes_rescale<Avx512Bytes>(a.multiplier, a.shift)),
        narrow_(a.out_zero_point, a.minimum, a.maximum) {}

  void run(const int8_t* half, const int8_t* other, int8_t* output, int32_t count) const {
    int32_t i = 0;
    for (; i + 64 <= count; i += 64) {
      __m512i sums[4];
      for (int32_t j = 0; j < 4; ++j) {
        sums[j] = add(Avx512::widen(half + i + 16 * j), Avx512::widen(other + i + 16 * j));
      }
      _mm512_storeu_si512(output + i, narrow_(sums));
    }
    for (; i < count; i += 16) {
      const int32_t lanes = count - i < 16 ? count - i : 16;
      const __m512i sum = add(Avx512::widen(half + i, lanes), Avx512::widen(other + i, lanes));
      _mm_mask_storeu_epi8(output + i, Avx512::first_lanes(lanes),
                           _mm512_castsi512_si128(narrow_({sum, sum, sum, sum})));
    }
  }

 private:
  static constexpr int kHalfBits = kAddHeadroomBits - 1;

  __m512i add(__m512i half, __m512i other) const {
    const __m512i from_half = _mm512_add_epi32(_mm512_slli_epi32(half, kHalfBits), minus_half_zero_);
    return rescale_(_mm512_add_epi32(from_half, from_other_(other)));
  }

  __m512i minus_half_zero_;
  BranchRescale from_other_;
  Avx512::Rescale rescale_;
  Avx512::Narrow narrow_;
};

}  // namespace

void add_i8_avx512vnni(const AddI8Args& a) noexcept {
  if (add_is_half(a.a)) return HalfAdd(a, a.a, a.b).run(a.input, a.other, a.output, a.count);
  if (add_is_half(a.b)) return HalfAdd(a, a.b, a.a).run(a.other, a.input, a.output, a.count);
  add_i8_lanes<Avx512Bytes>(a);
}

}  // namespace stapes
