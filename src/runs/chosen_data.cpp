// SPDX-License-Identifier: Apache-2.0
#include "runs/chosen_data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "data/selection.h"

namespace stapes {

ChosenData::ChosenData(const DataOptions& options)
    : data(options.data), clips(select_classes(data, options.classes)), fold(options.fold) {}

ClipSet ChosenData::test() const { return only_fold(clips, fold); }
ClipSet ChosenData::training() const { return without_fold(clips, fold); }

ChosenData data_of(const RunFolder& run) {
  const TrainConfig& config = run.config();
  ChosenData chosen(DataOptions{config.data, config.classes, config.fold});
  if (chosen.data.hash() != config.data_hash) {
    throw Error("{} has changed since {} was trained on it (hash {} instead of {}); restore it", config.data,
                run.path().string(), chosen.data.hash(), config.data_hash);
  }
  return chosen;
}

std::string meaning_of_numbers(const std::string& classes, const ClipSet& chosen) {
  if (classes.empty() || classes.find_first_not_of("0123456789,") != std::string::npos) return "";
  return fmt::format("--classes {} are {}", classes, fmt::join(chosen.labels, ", "));
}

}  // namespace stapes
