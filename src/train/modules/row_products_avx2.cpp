// SPDX-License-Identifier: Apache-2.0
#include "train/modules/row_products.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define STAPES_AVX2 __attribute__((target("avx2,fma")))

namespace stapes::avx2 {
namespace {

constexpr std::size_t kLanes = 8;
static_assert(kRowBlock == 2 * kLanes && kFilterBlock == 4);

STAPES_AVX2 float sum(__m256 vector) {
  const __m128 halves = _mm_add_ps(_mm256_castps256_ps128(vector), _mm256_extractf128_ps(vector, 1));
  const __m128 pairs = _mm_add_ps(halves, _mm_movehl_ps(halves, halves));
  return _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps(pairs, pairs, 1)));
}

}  // namespace

// Four filters by sixteen positions: eight sums in registers, two loads and four broadcasts for eight multiply-adds.
STAPES_AVX2 void weigh_rows(std::span<const float* const> in, std::span<const float> weights, std::size_t filters,
                            std::size_t count, float* out, std::size_t out_stride) {
  for (std::size_t f = 0; f < filters; f += kFilterBlock) {
    for (std::size_t t = 0; t < count; t += kRowBlock) {
      __m256 low[kFilterBlock] = {}, high[kFilterBlock] = {};
      const float* weight = weights.data() + f;
      for (std::size_t i = 0; i < in.size(); ++i, weight += filters) {
        const __m256 a = _mm256_loadu_ps(in[i] + t), b = _mm256_loadu_ps(in[i] + t + kLanes);
#pragma GCC unroll 4
        for (std::size_t k = 0; k < kFilterBlock; ++k) {
          const __m256 w = _mm256_broadcast_ss(weight + k);
          low[k] = _mm256_fmadd_ps(w, a, low[k]);
          high[k] = _mm256_fmadd_ps(w, b, high[k]);
        }
      }
#pragma GCC unroll 4
      for (std::size_t k = 0; k < kFilterBlock; ++k) {
        float* to = out + (f + k) * out_stride + t;
        _mm256_storeu_ps(to, low[k]);
        _mm256_storeu_ps(to + kLanes, high[k]);
      }
    }
  }
}

// Two rows by four filters: eight sums in registers, six loads for eight multiply-adds.
STAPES_AVX2 void correlate_rows(std::span<const float* const> in, std::span<const float* const> gradient,
                                std::size_t count, std::span<double> sums) {
  const std::size_t filters = gradient.size();
  for (std::size_t i = 0; i < in.size(); i += 2) {
    const bool pair = i + 1 < in.size();
    const float *first = in[i], *second = in[pair ? i + 1 : i];
    for (std::size_t f = 0; f < filters; f += kFilterBlock) {
      __m256 left[kFilterBlock] = {}, right[kFilterBlock] = {};
      for (std::size_t t = 0; t < count; t += kLanes) {
        const __m256 a = _mm256_loadu_ps(first + t), b = _mm256_loadu_ps(second + t);
#pragma GCC unroll 4
        for (std::size_t k = 0; k < kFilterBlock; ++k) {
          const __m256 g = _mm256_loadu_ps(gradient[f + k] + t);
          left[k] = _mm256_fmadd_ps(a, g, left[k]);
          right[k] = _mm256_fmadd_ps(b, g, right[k]);
        }
      }
      for (std::size_t k = 0; k < kFilterBlock; ++k) {
        sums[i * filters + f + k] += double{sum(left[k])};
        if (pair) sums[(i + 1) * filters + f + k] += double{sum(right[k])};
      }
    }
  }
}

}  // namespace stapes::avx2

#else

namespace stapes::avx2 {
void weigh_rows(std::span<const float* const> in, std::span<const float> weights, std::size_t filters,
                std::size_t count, float* out, std::size_t out_stride) {
  scalar::weigh_rows(in, weights, filters, count, out, out_stride);
}
void correlate_rows(std::span<const float* const> in, std::span<const float* const> gradient, std::size_t count,
                    std::span<double> sums) {
  scalar::correlate_rows(in, gradient, count, sums);
}
}  // namespace stapes::avx2

#endif
