// SPDX-License-Identifier: Apache-2.0
// host_detector.h: a Detector that owns its memory and takes settings in ms and by class name.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "kernels/detector/detector.h"
#include "runtime/host_model.h"
#include "stapes/detector.h"

namespace stapes {

// An empty `label` means all classes. A `threshold` of Detector::kNever means never detected.
struct ClassThreshold {
  std::string label;
  float threshold;
};

// Parses "0.8", "yes=0.8" or "noise=off". Throws UsageError.
ClassThreshold parse_threshold(const std::string& text);

// Converts "-50" (dBFS, -96 to 0) to a mean square (full scale = 1), and "off" to 0. Throws UsageError.
double parse_gate_level(const std::string& text);

// Absent options keep the values stored in the model.
struct DetectorOptions {
  std::vector<ClassThreshold> thresholds;                     // later entries override earlier ones
  std::optional<double> average_ms, suppress_ms, latency_ms;  // latency_ms: time between scores
  std::optional<int> minimum_windows;
  std::optional<double> hysteresis;
  std::optional<ClassThreshold> gate;
  std::optional<double> gate_power;  // see DetectorSettings
};

// Throws Error if the model cannot be streamed or has too many classes, UsageError if an option does not suit the
// model.
class HostDetector {
 public:
  HostDetector(std::shared_ptr<const HostModel> model, const DetectorOptions& options);

  Detector* operator->() { return detector_.get(); }
  Detector& operator*() { return *detector_; }
  const fb::Model& model() const { return model_->file().model(); }
  std::span<const std::byte> blob() const { return model_->file().blob(); }
  int sample_rate_hz() const { return model().sample_rate_hz(); }
  std::int64_t average_samples() const;
  DetectorRules rules() const;  // in the detector's units

  // Writes a copy of the model with these settings. Throws UsageError if a time is too long to be stored.
  void save(const std::filesystem::path& path, Existing existing) const;

 private:
  int class_called(const std::string& label) const;
  void set(const DetectorOptions& options);

  std::shared_ptr<const HostModel> model_;
  AlignedBytes arena_;
  std::unique_ptr<Detector> detector_;
};

}  // namespace stapes
