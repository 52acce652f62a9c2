// SPDX-License-Identifier: Apache-2.0
// evaluation.h: accuracy on clips.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "data/data_set.h"

namespace stapes {

// How a clip is evaluated.
//   kTenCrops      10 crops, their softmax outputs averaged (arXiv:2103.03483; the published figures)
//   kSingleWindow  one window centered on the clip, as on a device
enum class Protocol { kTenCrops, kSingleWindow };

int windows_per_clip(Protocol protocol);

// `asked` for sound; kSingleWindow for images and features.
Protocol protocol_for(const ClipSet& clips, Protocol asked);

// "10 crops", "whole images" or "whole inputs".
const char* crops_name(InputKind kind);

// The windows of one clip, [windows_per_clip][window_samples].
std::vector<std::int16_t> clip_windows(std::span<const std::int16_t> clip, int window_samples, Protocol protocol);

struct Interval {
  double low = 0, high = 0;
};

// Wilson 95 % interval, in percent. total > 0.
Interval wilson_interval(int correct, int total);

class Evaluation {
 public:
  explicit Evaluation(int class_count);

  void add(int label, int decision);
  // Predicts the most probable class (the first if tied).
  void add(int label, std::vector<double> probabilities);

  int clips() const { return clips_; }
  int correct() const { return correct_; }
  double accuracy() const;  // percent
  Interval interval() const { return wilson_interval(correct_, clips_); }
  // In the order of add(). Clips added by decision alone have no probabilities.
  const std::vector<int>& labels() const { return labels_; }
  const std::vector<int>& decisions() const { return decisions_; }
  const std::vector<std::vector<double>>& probabilities() const { return probabilities_; }
  // confusion()[label][decision] = clips
  const std::vector<std::vector<int>>& confusion() const { return confusion_; }

 private:
  std::vector<std::vector<int>> confusion_;
  std::vector<int> labels_, decisions_;
  std::vector<std::vector<double>> probabilities_;
  int clips_ = 0;
  int correct_ = 0;
};

struct CropsAndWindow {
  Evaluation ten_crops{0}, single_window{0};  // the same for images and features
};

// `judge` evaluates the clips by a protocol; images and features only once.
template <class Judge>
CropsAndWindow by_both_protocols(const ClipSet& clips, const Judge& judge) {
  Evaluation crops = judge(Protocol::kTenCrops);
  if (clips.kind() != InputKind::kSound) return {crops, crops};
  return {std::move(crops), judge(Protocol::kSingleWindow)};
}

// The same keys wherever an accuracy is printed.
nlohmann::json to_json(const Evaluation& evaluation);

// logits [windows][classes] of one clip -> probabilities [classes], the mean of the softmaxes.
std::vector<double> mean_softmax(std::span<const float> logits, int class_count);

// The same for scores that are already probabilities.
std::vector<double> mean_of_windows(std::span<const float> probabilities, int class_count);

}  // namespace stapes
