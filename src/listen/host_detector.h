// SPDX-License-Identifier: Apache-2.0
// host_detector.h: a Detector that owns its memory, with settings as people give them: times in ms, classes by name.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "runtime/host_model.h"
#include "stapes/detector.h"

namespace stapes {

// A threshold for a class, or for all where it is empty; Detector::kNever = not detected.
struct ClassThreshold {
  std::string label;
  float threshold;
};

// "0.8", "yes=0.8", "noise=off". Throws UsageError.
ClassThreshold parse_threshold(const std::string& text);

// What is absent is as the model says.
struct DetectorOptions {
  std::vector<ClassThreshold> thresholds;                     // later ones win
  std::optional<double> average_ms, suppress_ms, latency_ms;  // latency: from one score to the next
  std::optional<int> minimum_windows;
  std::optional<double> hysteresis;
  std::optional<ClassThreshold> gate;
};

// Throws Error where the model cannot listen, UsageError where an option makes no sense for it.
class HostDetector {
 public:
  HostDetector(std::shared_ptr<const HostModel> model, const DetectorOptions& options);

  Detector* operator->() { return detector_.get(); }
  Detector& operator*() { return *detector_; }
  const fb::Model& model() const { return model_->file().model(); }
  int sample_rate_hz() const { return model().sample_rate_hz(); }
  int average_samples() const;

  // Writes the model with these settings in it.
  void save(const std::filesystem::path& path, Existing existing) const;

 private:
  int class_called(const std::string& label) const;
  void set(const DetectorOptions& options);

  std::shared_ptr<const HostModel> model_;
  AlignedBytes arena_;
  std::unique_ptr<Detector> detector_;
};

}  // namespace stapes
