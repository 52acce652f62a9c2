// SPDX-License-Identifier: Apache-2.0
// mean_interval.h: the mean of a few figures and its confidence interval.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "evaluate/evaluation.h"

namespace stapes {

struct MeanInterval {
  double mean = 0;
  std::optional<Interval> interval_95;  // empty for a single figure
  int count = 0;
};

// mean +- t s / sqrt(n), t the 97.5 % quantile of Student's distribution with n - 1 degrees of freedom, s the sample
// standard deviation. Assumes independent figures. `values` must not be empty.
MeanInterval mean_interval(const std::vector<double>& values);

// The 97.5 % quantile of Student's t with `degrees_of_freedom` >= 1; within 0.001.
double student_t_975(int degrees_of_freedom);

nlohmann::json to_json(const MeanInterval& mean);  // mean, interval_95 (or null), count

}  // namespace stapes
