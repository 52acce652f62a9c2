// SPDX-License-Identifier: Apache-2.0
// schedule.h: the learning rate over a run.
#pragma once

#include <vector>

#include "base/names.h"

namespace stapes {

// steps      peak / divisor for the first `warmup_epochs`, then peak, divided by `divisor` at each milestone
//            (a share of the epochs; arXiv:2103.03483: by 10 at 30, 60, 90 %)
// one-cycle  from peak / 25 up to peak at 30 % of the steps, then a half cosine down to 0, updated every step
// cosine     a half cosine from peak to 0, updated every step (arXiv:2108.06128, XNOR)
enum class Schedule { kSteps, kOneCycle, kCosine };

template <>
inline constexpr auto kNames<Schedule> = std::to_array<Named<Schedule>>({{Schedule::kSteps, "steps"},
                                                                         {Schedule::kOneCycle, "one-cycle"},
                                                                         {Schedule::kCosine, "cosine"}});

struct ScheduleSpec {
  Schedule schedule = Schedule::kSteps;
  double peak = 0.1;
  int epochs = 1;
  int warmup_epochs = 0;
  std::vector<double> milestones = {0.3, 0.6, 0.9};
  double divisor = 10;
};

// `progress` = fractional epochs: epoch + batch / batches.
double learning_rate(const ScheduleSpec& spec, double progress);

}  // namespace stapes
