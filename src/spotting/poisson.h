// SPDX-License-Identifier: Apache-2.0
// poisson.h: how sure a count is.
#pragma once

#include "evaluate/evaluation.h"

namespace stapes {

// P(X <= count) for X of Poisson's distribution with this mean, count >= 0.
double poisson_at_most(int count, double mean);

// The exact 95 % interval of the mean of which `count` was drawn (Garwood 1936, doi:10.1093/biomet/28.3-4.437): the
// means with which a count so large, or so small, has a probability of 2.5 %. 0 gives [0, 3.69].
Interval poisson_interval_95(int count);

}  // namespace stapes
