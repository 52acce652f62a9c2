// SPDX-License-Identifier: Apache-2.0
// poisson.h: confidence interval of a count.
#pragma once

#include "evaluate/evaluation.h"

namespace stapes {

// P(X <= count) for a Poisson-distributed X; count >= 0.
double poisson_at_most(int count, double mean);

// The exact 95 % interval of a Poisson mean (Garwood 1936, doi:10.1093/biomet/28.3-4.437). P(X >= count) = 0.025 at its
// lower end and P(X <= count) = 0.025 at its upper end. For a count of 0: [0, 3.69].
Interval poisson_interval_95(int count);

}  // namespace stapes
