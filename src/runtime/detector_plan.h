// SPDX-License-Identifier: Apache-2.0
// detector_plan.h: derives a detector's rules and score conversion from its model and hop.
#pragma once

#include <cstdint>

#include "kernels/detector/class_scores.h"
#include "kernels/detector/detector.h"
#include "packed/shapes.h"
#include "stapes/status.h"

namespace stapes {

// Defaults for models without a Detector table. Also listed in docs/guides/listening.md.
inline constexpr int kDefaultHopMs = 100, kDefaultAverageMs = 500, kDefaultRefractoryMs = 1000;
inline constexpr int kDefaultMinimumWindows = 3;
inline constexpr std::uint16_t kDefaultThreshold = 52429;  // 0.8

struct DetectorPlan {
  int hop_samples = 0;
  DetectorRules rules{};
  ClassScoreParams scores{};
};

// `hop_samples` 0: the model's hop, or the multiple of the step nearest to the default.
//   kUnsupported  the model does not take sound, cannot be streamed, or has more classes than softmax supports
//   kBadHop       a hop that is not a multiple of the step
//   kBadSetting   the mean would cover more than 255 windows
Status plan_detector(const fb::Model& model, int hop_samples, DetectorPlan& plan) noexcept;

// The threshold of class `c`, in 65536ths.
std::uint16_t planned_threshold(const fb::Model& model, std::int32_t c) noexcept;

// Convert samples to windows: those in a mean, and those suppressed after a detection.
int average_windows(std::int64_t samples, int hop_samples) noexcept;
int refractory_windows(std::int64_t samples, int hop_samples) noexcept;

}  // namespace stapes
