// SPDX-License-Identifier: Apache-2.0
// class_scores.h: converts the scores of a window to probabilities in 256ths (0 to 255). Integer scores need only
// integer arithmetic.
//   softmax:   from the differences to the largest score
//   logistic:  from each score separately
// Both use the int8 operators of kernels/softmax. Scores other than int8 logits are first rounded to a grid. Models
// that end in softmax or logistic already output probabilities.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "kernels/softmax/softmax.h"

namespace stapes {

enum class ScoreRule : uint8_t { kProbability, kSoftmax, kLogistic };

// For logits that are not int8. Softmax: steps of 1/32, down to 8 below the largest logit (e^-8 is a twelfth of 1/256).
// Logistic: steps of 1/16 from -8 to 8 (the output saturates at +-6.25).
constexpr int32_t kSoftmaxGridBits = 5, kLogisticGridBits = 4;

struct ClassScoreParams {
  ScoreRule rule;
  int32_t classes;
  int32_t step_multiplier, step_shift;  // steps of the grid = score * step_multiplier / 2^step_shift; shift 0 to 62
  int32_t zero_point;                   // logistic only: of the grid
  int32_t multiplier, shift, limit;     // as in SoftmaxArgs and LogisticArgs; limit: diff_min or range_radius
};

// Steps below -512 or above 511 do not change the result.
static inline int32_t grid_steps(int64_t score, const ClassScoreParams& p) {
  const int64_t half = (int64_t{1} << p.step_shift) >> 1;
  const int64_t steps = (score * p.step_multiplier + half) >> p.step_shift;
  return steps < -512 ? -512 : steps > 511 ? 511 : static_cast<int32_t>(steps);
}
static inline int32_t grid_steps(float score, const ClassScoreParams& p) {
  const float steps =
      score * static_cast<float>(p.rule == ScoreRule::kSoftmax ? 1 << kSoftmaxGridBits : 1 << kLogisticGridBits);
  if (!(steps > -512.0f)) return -512;  // also NaN
  return steps > 511.0f ? 511 : static_cast<int32_t>(steps < 0 ? steps - 0.5f : steps + 0.5f);
}

static inline int8_t saturated_i8(int32_t value) {
  return static_cast<int8_t>(value < -128 ? -128 : value > 127 ? 127 : value);
}

static inline int64_t score_difference(int32_t a, int32_t b) { return static_cast<int64_t>(a) - b; }
static inline float score_difference(float a, float b) { return a - b; }

// The largest score becomes 127.
template <class Score>
static inline void softmax_grid(const Score* scores, const ClassScoreParams& p, int8_t* grid) {
  Score largest = scores[0];
  for (int32_t c = 1; c < p.classes; ++c) largest = scores[c] > largest ? scores[c] : largest;
  for (int32_t c = 0; c < p.classes; ++c) {
    grid[c] = saturated_i8(127 + grid_steps(score_difference(scores[c], largest), p));
  }
}

template <class Score>
static inline void logistic_grid(const Score* scores, const ClassScoreParams& p, int8_t* grid) {
  for (int32_t c = 0; c < p.classes; ++c) {
    grid[c] = saturated_i8(grid_steps(score_difference(scores[c], Score{0}), p) + p.zero_point);
  }
}

// int8 probabilities without zero point are in 256ths. Floats are rounded to nearest.
static inline int32_t in_256ths(int32_t probability) { return probability; }
static inline int32_t in_256ths(float probability) {
  if (!(probability > 0.0f)) return 0;  // also NaN
  return probability < 1.0f ? static_cast<int32_t>(probability * 256.0f + 0.5f) : 256;
}

// Score: int32_t (integer scores without their zero point) or float.
//   scores       [classes]
//   grid         [classes], scratch
//   probability  [classes]
template <class Score>
static inline void class_scores(const Score* scores, const ClassScoreParams& p, int8_t* grid, uint8_t* probability) {
  if (p.rule == ScoreRule::kProbability) {
    for (int32_t c = 0; c < p.classes; ++c) {
      const int32_t rounded = in_256ths(scores[c]);
      probability[c] = static_cast<uint8_t>(rounded < 0 ? 0 : rounded > 255 ? 255 : rounded);
    }
    return;
  }
  int8_t* const output = reinterpret_cast<int8_t*>(probability);
  if (p.rule == ScoreRule::kSoftmax) {
    softmax_grid(scores, p, grid);
    softmax_scalar({grid, output, /*positions=*/1, p.classes, p.multiplier, p.shift, p.limit});
  } else {
    logistic_grid(scores, p, grid);
    logistic_scalar({grid, output, p.classes, p.zero_point, p.multiplier, p.shift, p.limit});
  }
  for (int32_t c = 0; c < p.classes; ++c) probability[c] = static_cast<uint8_t>(output[c] + 128);
}

}  // namespace stapes
