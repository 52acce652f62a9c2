// SPDX-License-Identifier: Apache-2.0
// host_classifier.h: a Classifier that owns its model and arena, for programs on a host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "runtime/host_model.h"
#include "runtime/layer_observer.h"
#include "stapes/classifier.h"

namespace stapes {

// Uses this machine's fastest kernels unless its HostModel restricts the instruction set. Movable. One per thread;
// threads may share the HostModel. Throws Error if the model cannot be used or a window has the wrong length.
class HostClassifier {
 public:
  explicit HostClassifier(std::shared_ptr<const HostModel> model);
  explicit HostClassifier(std::shared_ptr<const ModelFile> file);
  explicit HostClassifier(const std::filesystem::path& path);

  // One score per class; classifier.h describes scores and samples.
  std::vector<float> run(std::span<const float> wave);
  std::vector<float> run_pcm(std::span<const std::int16_t> wave);
  std::vector<float> run_observed(std::span<const float> wave, LayerObserver& observer);
  std::vector<float> run_observed(std::span<const std::int16_t> wave, LayerObserver& observer);
  // For models that take features; throws Error for others.
  std::vector<float> run_observed(std::span<const std::int8_t> features, LayerObserver& observer);

  const fb::Model& model() const { return model_->file().model(); }
  const ModelFile& file() const { return model_->file(); }
  // The arena size on a device that reads the weights in place. Fast kernels may need more here.
  std::size_t arena_bytes() const { return Classifier::arena_bytes(file().blob()); }

 private:
  std::vector<float> scores_for(std::size_t samples) const;

  std::shared_ptr<const HostModel> model_;
  AlignedBytes arena_;
  std::unique_ptr<Classifier> classifier_;
};

}  // namespace stapes
