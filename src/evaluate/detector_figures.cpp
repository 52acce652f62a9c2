// SPDX-License-Identifier: Apache-2.0
#include "evaluate/detector_figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/error.h"
#include "evaluate/open_set.h"

namespace stapes {
namespace {

constexpr int kLevels = 256;

// Rounded as on a device (kernels/detector/class_scores.h); the device's softmax is coarser.
int in_256ths(double probability) {
  return std::clamp(static_cast<int>(std::lround(probability * kLevels)), 0, kLevels - 1);
}

std::size_t best_known(const std::vector<double>& probabilities, const std::vector<bool>& is_rejection) {
  std::size_t best = is_rejection.size();
  for (std::size_t c = 0; c < is_rejection.size(); ++c) {
    if (!is_rejection[c] && (best == is_rejection.size() || probabilities[c] > probabilities[best])) best = c;
  }
  return best;
}

}  // namespace

ClipSet detector_windows(const ClipSet& clips, int window_samples) {
  const std::vector<bool> is_rejection = rejection_classes(clips.labels);
  const auto window = static_cast<std::size_t>(window_samples);
  ClipSet windows = clips;
  windows.clips.clear();
  for (const ClipView& clip : clips.clips) {
    if (!is_rejection[static_cast<std::size_t>(clip.label)] || clip.samples.size() < window) {
      windows.clips.push_back(clip);
      continue;
    }
    for (std::size_t first = 0; first + window <= clip.samples.size(); first += window) {
      windows.clips.push_back(clip);
      windows.clips.back().samples = clip.samples.subspan(first, window);
    }
  }
  return windows;
}

DetectorFigures detector_figures(const Evaluation& evaluation, const ClipSet& windows) {
  const std::vector<bool> is_rejection = rejection_classes(windows.labels);
  DetectorFigures figures;
  // [level]: windows in which the most probable known class has this probability.
  std::array<int, kLevels> hits{}, false_accepts{};
  std::vector<double> positives, negatives;
  double samples = 0;
  for (std::size_t i = 0; i < windows.clips.size(); ++i) {
    const std::vector<double>& probabilities = evaluation.probabilities().at(i);
    const auto label = static_cast<std::size_t>(windows.clips[i].label);
    const std::size_t best = best_known(probabilities, is_rejection);
    ++(best == label ? hits : false_accepts)[static_cast<std::size_t>(in_256ths(probabilities[best]))];
    (is_rejection[label] ? negatives : positives).push_back(known_score(probabilities, is_rejection));
    if (is_rejection[label]) samples += static_cast<double>(windows.clips[i].samples.size());
  }
  figures.hours = samples / windows.sample_rate_hz / 3600;
  figures.events = static_cast<int>(positives.size());
  figures.auroc = auroc(positives, negatives).value_or(0);
  figures.threshold = kLevels;
  while (figures.threshold > 0) {
    const auto next = static_cast<std::size_t>(figures.threshold - 1);
    if (figures.false_accepts + false_accepts[next] > kDetectorRate * figures.hours) break;
    figures.hits += hits[next];
    figures.false_accepts += false_accepts[next];
    --figures.threshold;
  }
  return figures;
}

bool is_better(const DetectorFigures& a, const DetectorFigures& b) {
  const auto key = [](const DetectorFigures& f) { return std::tuple(f.hits, -f.false_accepts, f.auroc); };
  return key(a) > key(b);
}

bool is_better_epoch(const DetectorFigures& a, double accuracy_a, const DetectorFigures& b, double accuracy_b) {
  return is_better(a, b) || (!is_better(b, a) && accuracy_a > accuracy_b);
}

void check_detector_clips(const ClipSet& clips) {
  if (const InputKind kind = clips.kind(); kind != InputKind::kSound) {
    throw UsageError("--select detector is for sound; choose validation or test for {}", plural_of(kind));
  }
  const std::vector<bool> is_rejection = rejection_classes(clips.labels);
  const auto rejected = [&](const ClipView& clip) { return is_rejection[static_cast<std::size_t>(clip.label)]; };
  const auto negatives = std::ranges::count_if(clips.clips, rejected);
  if (negatives > 0 && negatives < std::ssize(clips.clips)) return;
  throw UsageError(
      "--select detector needs validation clips of a class 'unknown' or 'background' and of at least one other class; "
      "import with --unknown or --background, or use --select validation");
}

nlohmann::json to_json(const DetectorFigures& figures) {
  return {{"recall", figures.recall()}, {"hits", figures.hits},
          {"events", figures.events},   {"false_accepts", figures.false_accepts},
          {"hours", figures.hours},     {"threshold", static_cast<double>(figures.threshold) / kLevels},
          {"auroc", figures.auroc}};
}

DetectorFigures detector_figures_from_json(const nlohmann::json& json) {
  DetectorFigures figures;
  json.at("hits").get_to(figures.hits);
  json.at("events").get_to(figures.events);
  json.at("false_accepts").get_to(figures.false_accepts);
  json.at("hours").get_to(figures.hours);
  json.at("auroc").get_to(figures.auroc);
  figures.threshold = static_cast<int>(std::lround(json.at("threshold").get<double>() * kLevels));
  return figures;
}

}  // namespace stapes
