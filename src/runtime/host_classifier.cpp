#include "runtime/host_classifier.h"

#include <new>
#include <utility>

#include "base/error.h"

namespace stapes {
namespace {

constexpr std::align_val_t kAlign{Classifier::kArenaAlign};

}  // namespace

void HostClassifier::Free::operator()(std::byte* bytes) const { ::operator delete[](bytes, kAlign); }

HostClassifier::HostClassifier(std::shared_ptr<const ModelFile> file)
    : file_(std::move(file)), classifier_(std::make_unique<Classifier>()) {
  arena_bytes_ = Classifier::arena_bytes(file_->blob());
  arena_.reset(static_cast<std::byte*>(::operator new[](arena_bytes_ + 1, kAlign)));
  const Status status = classifier_->load(file_->blob(), {arena_.get(), arena_bytes_});
  if (status != Status::kOk) throw Error("cannot run {}: {}", file_->name(), to_string(status));
}

HostClassifier::HostClassifier(const std::filesystem::path& path)
    : HostClassifier(std::make_shared<const ModelFile>(path)) {}

std::vector<float> HostClassifier::scores_for(std::size_t samples) const {
  if (samples != static_cast<std::size_t>(classifier_->window_samples())) {
    throw Error("{} takes windows of {} samples, not {}", file_->name(), classifier_->window_samples(), samples);
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

}  // namespace stapes
