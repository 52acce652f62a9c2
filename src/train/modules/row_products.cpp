// SPDX-License-Identifier: Apache-2.0
#include "train/modules/row_products.h"

#include "kernels/cpu.h"

namespace stapes {
namespace {

bool has_avx2() {
  static const bool has = Cpu::detect().can_run(Isa::kAvx2);
  return has;
}

}  // namespace

void scalar::weigh_rows(std::span<const float* const> in, std::span<const float> weights, std::size_t filters,
                        std::size_t count, float* out, std::size_t out_stride) {
  for (std::size_t f = 0; f < filters; ++f) {
    for (std::size_t t = 0; t < count; ++t) {
      float sum = 0;
      for (std::size_t i = 0; i < in.size(); ++i) sum += weights[i * filters + f] * in[i][t];
      out[f * out_stride + t] = sum;
    }
  }
}

void scalar::correlate_rows(std::span<const float* const> in, std::span<const float* const> gradient, std::size_t count,
                            std::span<double> sums) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    for (std::size_t f = 0; f < gradient.size(); ++f) {
      float sum = 0;
      for (std::size_t t = 0; t < count; ++t) sum += in[i][t] * gradient[f][t];
      sums[i * gradient.size() + f] += double{sum};
    }
  }
}

void weigh_rows(std::span<const float* const> in, std::span<const float> weights, std::size_t filters,
                std::size_t count, float* out, std::size_t out_stride) {
  const auto variant = has_avx2() ? avx2::weigh_rows : scalar::weigh_rows;
  variant(in, weights, filters, count, out, out_stride);
}

void correlate_rows(std::span<const float* const> in, std::span<const float* const> gradient, std::size_t count,
                    std::span<double> sums) {
  const auto variant = has_avx2() ? avx2::correlate_rows : scalar::correlate_rows;
  variant(in, gradient, count, sums);
}

}  // namespace stapes
