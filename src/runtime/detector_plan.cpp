// SPDX-License-Identifier: Apache-2.0
#include "runtime/detector_plan.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "packed/limits.h"
#include "packed/operators/operator.h"
#include "runtime/front_end.h"
#include "stapes/stream.h"

namespace stapes {
namespace {

// scale = multiplier * 2^(shift - 31), exactly: the 24 bits of a float fit. Avoids libm, which a device may lack.
struct ExactFactor {
  std::int32_t multiplier, shift;
};
ExactFactor exact_factor(float scale) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(scale);
  std::int32_t exponent = static_cast<std::int32_t>(bits >> 23), mantissa = static_cast<std::int32_t>(bits & 0x7FFFFF);
  if (exponent > 0) {
    mantissa |= 0x800000;
  } else {  // subnormal
    for (exponent = 1; mantissa < 0x800000; mantissa *= 2) --exponent;
  }
  return {mantissa * 128, exponent - 126};
}

// Sets the parameters for a scale as in kernels/softmax/softmax_params.h; false if they are out of range.
bool set_exponent(float scale, ClassScoreParams& params) {
  const bool softmax = params.rule == ScoreRule::kSoftmax;
  const int integer_bits = softmax ? 5 : 4, most = softmax ? 255 : 256;
  const ExactFactor factor = exact_factor(scale);
  params.multiplier = factor.multiplier;
  params.shift = factor.shift + 31 - integer_bits;
  if (params.shift < 0 || params.shift > 30) return false;
  const std::int64_t largest = (std::int64_t{1} << integer_bits) - 1;
  const int right = params.shift - (31 - integer_bits);
  const auto radius =
      static_cast<std::int32_t>(std::min<std::int64_t>(most, right > 0 ? largest >> right : largest << -right));
  params.limit = softmax ? -radius : radius;
  return true;
}

// int8 logits keep their own scale, so the result is that of a softmax layer at the end of the model.
void set_score_params(const fb::Model& model, ClassScoreParams& params) {
  const fb::Tensor& scores = last_tensor(model);
  const bool logistic = model.detector() != nullptr && model.detector()->logistic();
  params = {};
  params.classes = scores.channels();
  params.rule = gives_probabilities(model) ? ScoreRule::kProbability
                : logistic                 ? ScoreRule::kLogistic
                                           : ScoreRule::kSoftmax;
  if (params.rule == ScoreRule::kProbability) return;
  if (scores.dtype() == fb::DType::kI8 && set_exponent(scores.scale(), params)) {
    params.zero_point = scores.zero_point();
    params.step_multiplier = 1;
    return;
  }
  const int grid_bits = logistic ? kLogisticGridBits : kSoftmaxGridBits;
  set_exponent(1.0f / static_cast<float>(1 << grid_bits), params);
  const ExactFactor factor = exact_factor(scores.scale());
  const std::int32_t step_shift = 31 - grid_bits - factor.shift;
  params.step_multiplier = step_shift > 62 ? 0 : factor.multiplier;  // 0: so small a scale that all scores are equal
  params.step_shift = std::clamp(step_shift, 0, 62);
}

std::int64_t samples_of(int ms, const fb::Model& model) { return std::int64_t{ms} * model.sample_rate_hz() / 1000; }

int hop_of(const fb::Model& model, int step, int hop_samples) {
  if (hop_samples != 0) return hop_samples;
  if (model.detector() != nullptr) return model.detector()->hop_samples();
  return StreamClassifier::nearest_hop_samples(step, static_cast<int>(samples_of(kDefaultHopMs, model)));
}

DetectorRules rules_of(const fb::Model& model, int hop_samples) {
  DetectorRules rules{};
  rules.gate_class = -1;
  std::int64_t average = samples_of(kDefaultAverageMs, model), refractory = samples_of(kDefaultRefractoryMs, model);
  int minimum = kDefaultMinimumWindows;
  if (const fb::Detector* detector = model.detector()) {
    average = detector->average_samples();
    refractory = detector->refractory_samples();
    minimum = detector->minimum_windows();
    rules.gate_class = detector->gate_class();
    rules.gate_threshold = detector->gate_threshold();
    rules.hysteresis = detector->hysteresis();
    rules.gate_power = detector->gate_power();
  }
  rules.average_windows = average_windows(average, hop_samples);
  rules.minimum_windows = std::min(minimum, rules.average_windows);
  rules.refractory_windows = refractory_windows(refractory, hop_samples);
  return rules;
}

}  // namespace

int average_windows(std::int64_t samples, int hop_samples) noexcept {
  const std::int64_t windows = (samples + hop_samples / 2) / hop_samples;
  return static_cast<int>(std::clamp<std::int64_t>(windows, 1, std::numeric_limits<int>::max()));
}

int refractory_windows(std::int64_t samples, int hop_samples) noexcept {
  const std::int64_t windows = (samples + hop_samples - 1) / hop_samples - 1;
  return static_cast<int>(std::clamp<std::int64_t>(windows, 0, std::numeric_limits<int>::max()));
}

Status plan_detector(const fb::Model& model, int hop_samples, DetectorPlan& plan) noexcept {
  plan = {};
  const int step = step_samples(model, plan_front_end(model));
  if (step == 0 || model.sample_rate_hz() == 0) return Status::kUnsupported;
  const int hop = hop_of(model, step, hop_samples);
  if (hop < 1 || hop % step != 0) return Status::kBadHop;
  DetectorPlan made{.hop_samples = hop, .rules = rules_of(model, hop)};
  set_score_params(model, made.scores);
  if (made.scores.rule == ScoreRule::kSoftmax && made.scores.classes > kMaxSoftmaxChannels) return Status::kUnsupported;
  if (made.rules.average_windows > kMaxAverageWindows) return Status::kBadSetting;
  plan = made;
  return Status::kOk;
}

std::uint16_t planned_threshold(const fb::Model& model, std::int32_t c) noexcept {
  if (model.detector() == nullptr) return kDefaultThreshold;
  return model.detector()->thresholds()->Get(static_cast<std::uint32_t>(c));
}

}  // namespace stapes
