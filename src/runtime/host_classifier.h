// host_classifier.h: a Classifier that owns its model and arena, for programs on a host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "packed/model_file.h"
#include "runtime/layer_observer.h"
#include "stapes/classifier.h"

namespace stapes {

// Movable. One per thread; the ModelFile may be shared. Throws Error where the model cannot be used, and from the run
// functions when a window has the wrong length.
class HostClassifier {
 public:
  explicit HostClassifier(std::shared_ptr<const ModelFile> file);
  explicit HostClassifier(const std::filesystem::path& path);

  // Logits, one per class; what the samples mean is in classifier.h.
  std::vector<float> run(std::span<const float> wave);
  std::vector<float> run_pcm(std::span<const std::int16_t> wave);
  std::vector<float> run_observed(std::span<const float> wave, LayerObserver& observer);

  const fb::Model& model() const { return file_->model(); }
  const std::shared_ptr<const ModelFile>& file() const { return file_; }
  std::size_t arena_bytes() const { return arena_bytes_; }

 private:
  std::vector<float> scores_for(std::size_t samples) const;

  struct Free {
    void operator()(std::byte* bytes) const;
  };
  std::shared_ptr<const ModelFile> file_;
  std::size_t arena_bytes_ = 0;
  std::unique_ptr<std::byte[], Free> arena_;
  std::unique_ptr<Classifier> classifier_;
};

}  // namespace stapes
