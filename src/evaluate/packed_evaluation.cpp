#include "evaluate/packed_evaluation.h"

#include <mutex>

#include "base/error.h"
#include "base/parallel.h"

namespace stapes {
namespace {

void check_fit(const HostClassifier& model, const ClipSet& clips) {
  if (model.sample_rate_hz() != clips.sample_rate_hz) {
    throw Error("the model wants {} Hz, the data set has {} Hz; import it again with --sample-rate {}",
                model.sample_rate_hz(), clips.sample_rate_hz, model.sample_rate_hz());
  }
  const std::vector<std::string> labels = model.labels();
  if (labels.size() != clips.labels.size()) {
    throw Error("the model knows {} classes, the selection has {}; choose the model's with --classes", labels.size(),
                clips.labels.size());
  }
  const bool unnamed = labels.front() == "class_0";
  for (std::size_t c = 0; !unnamed && c < labels.size(); ++c) {
    if (labels[c] == clips.labels[c]) continue;
    throw Error("class {} is {} to the model and {} in the selection; choose the model's classes with --classes", c,
                labels[c], clips.labels[c]);
  }
}

}  // namespace

Evaluation evaluate_packed(std::span<const std::byte> model, const ClipSet& clips, Protocol protocol, int threads) {
  const auto as_vector = [&] { return std::vector<std::byte>(model.begin(), model.end()); };
  check_fit(HostClassifier(as_vector()), clips);
  const int workers = threads > 0 ? threads : hardware_threads();
  Evaluation result(static_cast<int>(clips.labels.size()));
  std::mutex mutex;
  // One classifier a worker; worker w takes clips w, w + workers, ...
  parallel_for(static_cast<std::size_t>(workers), workers, [&](std::size_t worker) {
    HostClassifier classifier(as_vector());
    const std::size_t window = static_cast<std::size_t>(classifier.window_samples());
    const std::size_t classes = static_cast<std::size_t>(classifier.class_count());
    for (std::size_t i = worker; i < clips.clips.size(); i += static_cast<std::size_t>(workers)) {
      const auto windows = clip_windows(clips.clips[i], classifier.window_samples(), protocol);
      std::vector<float> logits(windows.size() / window * classes);
      for (std::size_t w = 0; w * window < windows.size(); ++w) {
        classifier.run_pcm(std::span(windows).subspan(w * window, window),
                           std::span(logits).subspan(w * classes, classes));
      }
      const int decision = decide(logits, classifier.class_count());
      const std::lock_guard lock(mutex);
      result.add(clips.clips[i].label, decision);
    }
  });
  return result;
}

}  // namespace stapes
