// SPDX-License-Identifier: Apache-2.0
#include "evaluate/packed_evaluation.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "data/evaluation_windows.h"
#include "packed/operators/operator.h"
#include "runtime/host_classifier.h"

namespace stapes {
namespace {

constexpr double kMinProbability = 1e-9;  // one confidently wrong clip must not outweigh all others

ModelInput input_of(const fb::Model& model) {
  const fb::Tensor& tensor = *model.tensors()->Get(0);
  return {input_kind(model), model.sample_rate_hz(), {tensor.height(), tensor.width(), tensor.channels()}};
}

// All 0 for sound.
FeatureSize size_of(const ClipSet& clips) {
  if (clips.image) return {clips.image->height, clips.image->width, clips.image->channels};
  return clips.features.value_or(FeatureSize{});
}

// Scores [windows][classes]. Copies samples only to pad a window: copies of ten crops would take 600 KB per clip.
std::vector<float> score_clip(HostClassifier& classifier, const ClipView& view, Protocol protocol) {
  if (!view.features.empty()) return classifier.run(view.features);
  const std::span<const std::int16_t> clip = view.samples;
  const int window_samples = classifier.model().window_samples();
  std::vector<std::int16_t> scratch(static_cast<std::size_t>(window_samples));
  std::vector<float> all;
  for (int i = 0; i < windows_per_clip(protocol); ++i) {
    const std::ptrdiff_t first = protocol == Protocol::kTenCrops ? crop_start(clip.size(), window_samples, i)
                                                                 : single_window_start(clip.size(), window_samples);
    const std::vector<float> scores = classifier.run_pcm(window_at(clip, first, scratch));
    all.insert(all.end(), scores.begin(), scores.end());
  }
  return all;
}

}  // namespace

std::vector<double> clip_probabilities(HostClassifier& classifier, const ClipView& clip, Protocol protocol) {
  const std::vector<float> scores = score_clip(classifier, clip, protocol);
  const int classes = static_cast<int>(classifier.model().labels()->size());
  return gives_probabilities(classifier.model()) ? mean_of_windows(scores, classes) : mean_softmax(scores, classes);
}

void check_classes(const std::vector<std::string>& labels, const std::vector<std::string>& selection,
                   const std::string& role) {
  if (labels.size() != selection.size()) {
    throw Error("{} has {} classes, but the selection has {}; select the same classes with --classes", role,
                labels.size(), selection.size());
  }
  const bool unnamed = labels.front() == "class_0";
  for (std::size_t c = 0; !unnamed && c < labels.size(); ++c) {
    if (labels[c] == selection[c]) continue;
    throw Error("class {} is {} in {}, but {} in the selection; select the same classes with --classes", c, labels[c],
                role, selection[c]);
  }
}

void check_fit(const std::vector<std::string>& labels, const ModelInput& input, const ClipSet& clips) {
  const int rate = input.sample_rate_hz;
  if (input.kind != clips.kind()) {
    throw Error("the model takes {}, but the data set holds {}", plural_of(input.kind), plural_of(clips.kind()));
  }
  if (input.kind == InputKind::kSound && rate != clips.sample_rate_hz) {
    throw Error("the model takes sound at {} Hz, but the data set is at {} Hz; import it again with --sample-rate {}",
                rate, clips.sample_rate_hz, rate);
  }
  if (const FeatureSize given = size_of(clips); input.kind != InputKind::kSound && input.size != given) {
    throw Error("the model takes {} of {}, but the data set has {}", plural_of(input.kind), to_text(input.size),
                to_text(given));
  }
  check_classes(labels, clips.labels, "the model");
}

Judgement judge_packed(const std::shared_ptr<const HostModel>& model, const ClipSet& clips, Protocol asked,
                       int threads) {
  const Protocol protocol = protocol_for(clips, asked);
  std::vector<std::string> labels;
  const fb::Model& packed = model->file().model();
  for (const auto* label : *packed.labels()) labels.push_back(label->str());
  check_fit(labels, input_of(packed), clips);
  const std::size_t workers =
      std::min(static_cast<std::size_t>(threads > 0 ? threads : hardware_threads()), clips.clips.size());
  const int classes = static_cast<int>(clips.labels.size());
  std::vector<std::vector<double>> probabilities(clips.clips.size());
  // One classifier per worker; worker w takes clips w, w + workers, ...
  parallel_for(workers, static_cast<int>(workers), [&](std::size_t worker) {
    HostClassifier classifier(model);
    for (std::size_t i = worker; i < probabilities.size(); i += workers) {
      probabilities[i] = clip_probabilities(classifier, clips.clips[i], protocol);
    }
  });
  Judgement result{.evaluation = Evaluation(classes)};
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    const int label = clips.clips[i].label;
    const double right = std::max(probabilities[i][static_cast<std::size_t>(label)], kMinProbability);
    result.log_loss -= std::log(right) / static_cast<double>(probabilities.size());
    result.evaluation.add(label, std::move(probabilities[i]));
  }
  return result;
}

Evaluation evaluate_packed(const std::shared_ptr<const HostModel>& model, const ClipSet& clips, Protocol protocol,
                           int threads) {
  return judge_packed(model, clips, protocol, threads).evaluation;
}

Evaluation evaluate_packed(const std::shared_ptr<const ModelFile>& file, const ClipSet& clips, Protocol protocol,
                           int threads) {
  return evaluate_packed(std::make_shared<const HostModel>(file), clips, protocol, threads);
}

}  // namespace stapes
