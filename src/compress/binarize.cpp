// SPDX-License-Identifier: Apache-2.0
#include "compress/binarize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace stapes {

BinaryFilters binarize_filters(const FloatTensor& weights) {
  const std::size_t outs = static_cast<std::size_t>(weights.shape.at(0)),
                    ins = static_cast<std::size_t>(weights.shape.at(1));
  const std::size_t taps = weights.values.size() / (outs * ins);
  BinaryFilters filters{std::vector<bool>(weights.values.size()), std::vector<double>(outs, 0)};
  for (std::size_t out = 0; out < outs; ++out) {
    for (std::size_t tap = 0; tap < taps; ++tap) {
      const auto weight = [&](std::size_t in) { return weights.values[(out * ins + in) * taps + tap]; };
      double mean = 0;
      for (std::size_t in = 0; ins > 1 && in < ins; ++in) mean += weight(in) / static_cast<double>(ins);
      for (std::size_t in = 0; in < ins; ++in) {
        const double centered = std::clamp(weight(in) - mean, -1.0, 1.0);
        filters.positive[(out * taps + tap) * ins + in] = centered > 0;
        filters.alpha[out] += std::fabs(centered) / static_cast<double>(ins * taps);
      }
    }
  }
  return filters;
}

}  // namespace stapes
