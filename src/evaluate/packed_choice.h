// SPDX-License-Identifier: Apache-2.0
// packed_choice.h: selects the most accurate of several packed models of a network.
#pragma once

#include <string>
#include <vector>

#include "data/data_set.h"
#include "packed/model_generated.h"

namespace stapes {

// Evaluated on ten crops of the selection clips.
struct Candidate {
  std::string name;
  double accuracy = 0;  // percent
  double log_loss = 0;  // Judgement::log_loss
};

// Selects by highest accuracy, then lowest log loss, then first offered.
class PackedChoice {
 public:
  // threads: 0 = all. Throws Error if there are no clips.
  PackedChoice(ClipSet clips, int threads);

  // Returns whether `model` is the best so far. Throws Error like evaluate_packed().
  bool offer(const std::string& name, const packed::fb::ModelT& model);

  const std::vector<Candidate>& candidates() const { return candidates_; }
  // Call offer() first.
  const Candidate& best() const { return candidates_.at(best_); }
  const ClipSet& clips() const { return clips_; }

 private:
  ClipSet clips_;
  int threads_;
  std::vector<Candidate> candidates_;
  std::size_t best_ = 0;
};

}  // namespace stapes
