// SPDX-License-Identifier: Apache-2.0
// bootstrap.h: random draws and percentile intervals for paired.h and crossover.h.
#pragma once

#include <cstdint>
#include <vector>

#include "base/philox.h"
#include "evaluate/evaluation.h"

namespace stapes {

struct BootstrapOptions {
  int draws = 5000;  // at least 1
  std::uint64_t seed = 1;
};

// Depends only on the seed and `draw`.
inline Philox bootstrap_stream(const BootstrapOptions& options, int draw) {
  return {options.seed, Philox::Purpose::kBootstrap, 0, static_cast<std::uint32_t>(draw)};
}

// The 2.5 and 97.5 % quantiles of `values` (not empty): Efron's percentile interval (Efron and Tibshirani 1993, section
// 13.3), interpolated (Hyndman and Fan 1996, type 7).
Interval percentile_interval(std::vector<double> values);

}  // namespace stapes
