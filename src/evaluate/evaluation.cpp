// SPDX-License-Identifier: Apache-2.0
#include "evaluate/evaluation.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "data/evaluation_windows.h"

namespace stapes {

int windows_per_clip(Protocol protocol) { return protocol == Protocol::kTenCrops ? kEvaluationCrops : 1; }

Protocol protocol_for(const ClipSet& clips, Protocol asked) {
  return clips.kind() == InputKind::kSound ? asked : Protocol::kSingleWindow;
}

const char* crops_name(InputKind kind) {
  return kind == InputKind::kSound ? "10 crops" : kind == InputKind::kImage ? "whole images" : "whole inputs";
}

std::vector<std::int16_t> clip_windows(std::span<const std::int16_t> clip, int window_samples, Protocol protocol) {
  const int count = windows_per_clip(protocol);
  std::vector<std::int16_t> windows(static_cast<std::size_t>(count) * static_cast<std::size_t>(window_samples));
  if (protocol == Protocol::kTenCrops) {
    ten_crops(clip, window_samples, windows);
  } else {
    single_window(clip, window_samples, windows);
  }
  return windows;
}

Interval wilson_interval(int correct, int total) {
  constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the normal distribution
  const double n = total, p = correct / n;
  const double center = p + kZ * kZ / (2 * n);
  const double spread = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n));
  const double scale = 100 / (1 + kZ * kZ / n);
  return {std::max(0.0, (center - spread) * scale), std::min(100.0, (center + spread) * scale)};
}

Evaluation::Evaluation(int class_count)
    : confusion_(static_cast<std::size_t>(class_count), std::vector<int>(static_cast<std::size_t>(class_count), 0)) {}

void Evaluation::add(int label, int decision) {
  ++confusion_.at(static_cast<std::size_t>(label)).at(static_cast<std::size_t>(decision));
  labels_.push_back(label);
  decisions_.push_back(decision);
  ++clips_;
  if (label == decision) ++correct_;
}

void Evaluation::add(int label, std::vector<double> probabilities) {
  const auto highest = std::max_element(probabilities.begin(), probabilities.end());
  add(label, static_cast<int>(highest - probabilities.begin()));
  probabilities_.push_back(std::move(probabilities));
}

double Evaluation::accuracy() const { return clips_ == 0 ? 0 : 100.0 * correct_ / clips_; }

nlohmann::json to_json(const Evaluation& evaluation) {
  const Interval interval = evaluation.interval();
  return {{"accuracy", evaluation.accuracy()},
          {"correct", evaluation.correct()},
          {"clips", evaluation.clips()},
          {"interval_95", {interval.low, interval.high}}};
}

std::vector<double> mean_softmax(std::span<const float> logits, int class_count) {
  const std::size_t classes = static_cast<std::size_t>(class_count);
  const std::size_t windows = logits.size() / classes;
  std::vector<double> mean(classes, 0), exponentials(classes);
  for (std::size_t w = 0; w < windows; ++w) {
    const auto row = logits.subspan(w * classes, classes);
    const double highest = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += exponentials[c] = std::exp(row[c] - highest);
    for (std::size_t c = 0; c < classes; ++c) mean[c] += exponentials[c] / sum / static_cast<double>(windows);
  }
  return mean;
}

std::vector<double> mean_of_windows(std::span<const float> probabilities, int class_count) {
  const std::size_t classes = static_cast<std::size_t>(class_count);
  std::vector<double> mean(classes, 0);
  for (std::size_t i = 0; i < probabilities.size(); ++i) mean[i % classes] += double{probabilities[i]};
  for (double& value : mean) value /= static_cast<double>(probabilities.size() / classes);
  return mean;
}

}  // namespace stapes
