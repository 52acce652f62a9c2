// SPDX-License-Identifier: Apache-2.0
// row_products.h: the two matrix products of a convolution along one row, fast for a few long rows.
#pragma once

#include <cstddef>
#include <span>

namespace stapes {

inline constexpr std::size_t kRowBlock = 16;    // row lengths are multiples of this
inline constexpr std::size_t kFilterBlock = 4;  // filter counts are multiples of this

// out[f][t] = sum over i of weights[i][f] * in[i][t], t < count. The rows of `in` may overlap.
//   weights  [in.size()][filters], filters a multiple of kFilterBlock
//   out      [filters][out_stride]
//   count    a multiple of kRowBlock
void weigh_rows(std::span<const float* const> in, std::span<const float> weights, std::size_t filters,
                std::size_t count, float* out, std::size_t out_stride);

// sums[i][f] += sum over t of in[i][t] * gradient[f][t], t < count; filters = gradient.size(), a multiple of
// kFilterBlock. Accumulates in float over `count` values, in double between calls.
void correlate_rows(std::span<const float* const> in, std::span<const float* const> gradient, std::size_t count,
                    std::span<double> sums);

// The reference, and the version for x86-64 with AVX2 and FMA.
namespace scalar {
void weigh_rows(std::span<const float* const> in, std::span<const float> weights, std::size_t filters,
                std::size_t count, float* out, std::size_t out_stride);
void correlate_rows(std::span<const float* const> in, std::span<const float* const> gradient, std::size_t count,
                    std::span<double> sums);
}  // namespace scalar
namespace avx2 {
void weigh_rows(std::span<const float* const> in, std::span<const float> weights, std::size_t filters,
                std::size_t count, float* out, std::size_t out_stride);
void correlate_rows(std::span<const float* const> in, std::span<const float* const> gradient, std::size_t count,
                    std::span<double> sums);
}  // namespace avx2

}  // namespace stapes
