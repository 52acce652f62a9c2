// SPDX-License-Identifier: Apache-2.0
// packed_evaluation.h: the accuracy of a packed model in the runtime.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "evaluate/evaluation.h"
#include "packed/model_file.h"
#include "runtime/host_classifier.h"

namespace stapes {

// Class probabilities of one clip, averaged over its windows. The clip must have the model's sample rate. Logits go
// through softmax; a model's own probabilities (Softmax, Logistic) are used directly.
std::vector<double> clip_probabilities(HostClassifier& classifier, const ClipView& clip, Protocol protocol);

struct ModelInput {
  InputKind kind = InputKind::kSound;
  int sample_rate_hz = 0;  // of sound
  FeatureSize size = {};   // of images and features
};

// Throws Error naming `role` (e.g. "the teacher runs/a") unless `labels` equals `selection`. For weights without class
// names (class_0, class_1, ...), only the number of classes must match.
void check_classes(const std::vector<std::string>& labels, const std::vector<std::string>& selection,
                   const std::string& role);

// Throws Error unless the clips match the model in kind, rate, size and classes.
void check_fit(const std::vector<std::string>& labels, const ModelInput& input, const ClipSet& clips);

struct Judgement {
  Evaluation evaluation;
  double log_loss = 0;  // mean of -log P(correct class)
};

// Evaluates every clip on `threads` threads (0 = all). Throws Error like check_fit().
Judgement judge_packed(const std::shared_ptr<const HostModel>& model, const ClipSet& clips, Protocol protocol,
                       int threads);

// The same without the log loss.
Evaluation evaluate_packed(const std::shared_ptr<const HostModel>& model, const ClipSet& clips, Protocol protocol,
                           int threads);
Evaluation evaluate_packed(const std::shared_ptr<const ModelFile>& file, const ClipSet& clips, Protocol protocol,
                           int threads);

}  // namespace stapes
