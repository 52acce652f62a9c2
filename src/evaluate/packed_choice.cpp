// SPDX-License-Identifier: Apache-2.0
#include "evaluate/packed_choice.h"

#include <memory>
#include <utility>

#include "base/error.h"
#include "evaluate/packed_evaluation.h"
#include "packed/writer.h"

namespace stapes {
namespace {

bool better(const Candidate& a, const Candidate& b) {
  return a.accuracy != b.accuracy ? a.accuracy > b.accuracy : a.log_loss < b.log_loss;
}

}  // namespace

PackedChoice::PackedChoice(ClipSet clips, int threads) : clips_(std::move(clips)), threads_(threads) {
  if (clips_.clips.empty()) throw Error("no clips to choose a model with");
}

bool PackedChoice::offer(const std::string& name, const packed::fb::ModelT& model) {
  const auto packed = std::make_shared<const HostModel>(packed_in_memory(model, name));
  const Judgement judged = judge_packed(packed, clips_, Protocol::kTenCrops, threads_);
  candidates_.push_back({name, judged.evaluation.accuracy(), judged.log_loss});
  if (candidates_.size() > 1 && !better(candidates_.back(), best())) return false;
  best_ = candidates_.size() - 1;
  return true;
}

}  // namespace stapes
