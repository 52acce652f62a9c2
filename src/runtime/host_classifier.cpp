// SPDX-License-Identifier: Apache-2.0
#include "runtime/host_classifier.h"

#include <utility>

#include "base/error.h"

namespace stapes {

HostClassifier::HostClassifier(std::shared_ptr<const HostModel> model)
    : model_(std::move(model)),
      arena_(allocate_aligned(model_->prepared().arena_bytes())),
      classifier_(std::make_unique<Classifier>()) {
  const Status status = classifier_->load(model_->prepared(), {arena_.get(), model_->prepared().arena_bytes()});
  if (status != Status::kOk) throw Error("cannot run {}: {}", file().name(), to_string(status));
}

HostClassifier::HostClassifier(std::shared_ptr<const ModelFile> file)
    : HostClassifier(std::make_shared<const HostModel>(std::move(file))) {}

HostClassifier::HostClassifier(const std::filesystem::path& path)
    : HostClassifier(std::make_shared<const ModelFile>(path)) {}

std::vector<float> HostClassifier::scores_for(std::size_t samples) const {
  if (samples != static_cast<std::size_t>(classifier_->window_samples())) {
    throw Error("{} takes windows of {} samples, not {}", file().name(), classifier_->window_samples(), samples);
  }
  return std::vector<float>(static_cast<std::size_t>(classifier_->class_count()));
}

std::vector<float> HostClassifier::run(std::span<const float> wave) {
  std::vector<float> scores = scores_for(wave.size());
  classifier_->run(wave, scores);
  return scores;
}

std::vector<float> HostClassifier::run_pcm(std::span<const std::int16_t> wave) {
  std::vector<float> scores = scores_for(wave.size());
  classifier_->run_pcm(wave, scores);
  return scores;
}

std::vector<float> HostClassifier::run_observed(std::span<const float> wave, LayerObserver& observer) {
  std::vector<float> scores = scores_for(wave.size());
  stapes::run_observed(*classifier_, wave, scores, observer);
  return scores;
}

std::vector<float> HostClassifier::run_observed(std::span<const std::int16_t> wave, LayerObserver& observer) {
  std::vector<float> scores = scores_for(wave.size());
  stapes::run_observed(*classifier_, wave, scores, observer);
  return scores;
}

std::vector<float> HostClassifier::run_observed(std::span<const std::int8_t> features, LayerObserver& observer) {
  if (!model().features()) throw Error("{} does not take features", file().name());
  std::vector<float> scores = scores_for(features.size());
  stapes::run_observed(*classifier_, features, scores, observer);
  return scores;
}

}  // namespace stapes
