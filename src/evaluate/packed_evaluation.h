// packed_evaluation.h: the accuracy of a packed model, run by the runtime that ships.
#pragma once

#include <memory>

#include "data/data_set.h"
#include "evaluate/evaluation.h"
#include "packed/model_file.h"

namespace stapes {

// Judges every clip on `threads` threads (0 = all). Throws Error when rate or classes differ from the model's; the
// labels of data and model must be the same, in the same order, unless the model came with unnamed classes (class_0
// ..).
Evaluation evaluate_packed(const std::shared_ptr<const ModelFile>& model, const ClipSet& clips, Protocol protocol,
                           int threads);

}  // namespace stapes
