// SPDX-License-Identifier: Apache-2.0
#include "spotting/poisson.h"

#include <cmath>

namespace stapes {
namespace {

// The mean at which P(X <= count) = `probability`. P decreases in the mean.
double mean_with(int count, double probability) {
  double low = 0, high = count + 10 * std::sqrt(count + 1.0) + 10;
  for (int halving = 0; halving < 100; ++halving) {
    const double middle = (low + high) / 2;
    (poisson_at_most(count, middle) > probability ? low : high) = middle;
  }
  return low;
}

}  // namespace

// Sums the tail that does not contain the mean, because its terms decrease.
double poisson_at_most(int count, double mean) {
  if (mean <= 0) return 1;
  const bool lower = count < mean;
  double k = lower ? count : count + 1.0;
  double term = std::exp(k * std::log(mean) - mean - std::lgamma(k + 1)), tail = 0;
  while (k >= 0 && term > tail * 1e-17) {
    tail += term;
    term *= lower ? k / mean : mean / (k + 1);
    k += lower ? -1 : 1;
  }
  return lower ? tail : 1 - tail;
}

Interval poisson_interval_95(int count) {
  return {count == 0 ? 0 : mean_with(count - 1, 0.975), mean_with(count, 0.025)};
}

}  // namespace stapes
