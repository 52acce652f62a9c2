// SPDX-License-Identifier: Apache-2.0
#include "runs/schedule.h"

#include <cmath>
#include <numbers>

namespace stapes {
namespace {

double half_cosine(double from, double to, double part) {
  return to + (from - to) * 0.5 * (1 + std::cos(std::numbers::pi * part));
}

double steps(const ScheduleSpec& spec, double epoch) {
  if (epoch < spec.warmup_epochs) return spec.peak / spec.divisor;
  double rate = spec.peak;
  for (const double milestone : spec.milestones) {
    if (epoch >= milestone * spec.epochs) rate /= spec.divisor;
  }
  return rate;
}

}  // namespace

double learning_rate(const ScheduleSpec& spec, double progress) {
  const double part = progress / spec.epochs;
  switch (spec.schedule) {
    case Schedule::kSteps:
      return steps(spec, std::floor(progress));
    case Schedule::kOneCycle:
      return part < 0.3 ? half_cosine(spec.peak / 25, spec.peak, part / 0.3)
                        : half_cosine(spec.peak, 0, (part - 0.3) / 0.7);
    case Schedule::kCosine:
      return half_cosine(spec.peak, 0, part);
  }
  return 0;
}

}  // namespace stapes
