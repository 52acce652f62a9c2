// SPDX-License-Identifier: Apache-2.0
// poisson.h: confidence interval of a count.
#pragma once

#include "evaluate/evaluation.h"

namespace stapes {

// P(X <= count) for a Poisson-distributed X with mean `mean`; count >= 0.
double poisson_at_most(int count, double mean);

// The exact 95 % interval of a Poisson mean given `count` (Garwood 1936, doi:10.1093/biomet/28.3-4.437): the ends are
// the means at which a count at least this large, or at most this large, has a probability of 2.5 %. For a count of 0:
// [0, 3.69].
Interval poisson_interval_95(int count);

}  // namespace stapes
