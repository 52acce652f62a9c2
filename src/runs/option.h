// SPDX-License-Identifier: Apache-2.0
// option.h: the description of an option. Each struct of settings (TrainConfig, PruneSettings, QuantizeSettings) has a
// table:
//   template <class Visit> void visit_options(std::type_identity<Settings>, Visit&& visit);
// It calls visit(option, get) for each option; get(settings) returns the member. The command line, JSON, range checks,
// study plans and docs/ use these tables.
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "base/names.h"

namespace stapes {

enum class OptionGroup {
  kNone,
  kTraining,
  kOptimizer,
  kSelection,
  kTeacher,
  kAugmentation,
  kBinary,
  kMachine,
  kPruning,
  kInt8,
  kAware
};
template <>
inline constexpr auto kNames<OptionGroup> = std::to_array<Named<OptionGroup>>({
    {OptionGroup::kTraining, "Training"},
    {OptionGroup::kOptimizer, "Optimizer and learning rate"},
    {OptionGroup::kSelection, "Evaluation and checkpoints"},
    {OptionGroup::kTeacher, "Distillation"},
    {OptionGroup::kAugmentation, "Augmentation of sound"},
    {OptionGroup::kBinary, "Binary networks"},
    {OptionGroup::kMachine, "Device"},
    {OptionGroup::kPruning, "Pruning"},
    {OptionGroup::kInt8, "Quantization"},
    {OptionGroup::kAware, "Quantization-aware training"},
});

// The commands that take an option.
inline constexpr unsigned kTrain = 1, kPrune = 2, kQuantize = 4;
inline constexpr unsigned kInPlans = 8;  // a study plan may set the option for its routes

// The range of a number; ignored for other types.
struct Bounds {
  double least = 0, most = 0;  // least > most: no upper bound
  bool without_least = false, without_most = false;
  bool any = true;

  bool contain(double value) const;
  std::string text() const;  // "1 to 1000000", "at least 1", "at least 0 and below 1"; empty: any
};
constexpr Bounds from_to(double least, double most) { return {least, most, false, false, false}; }
constexpr Bounds at_least(double least) { return {least, least - 1, false, false, false}; }
constexpr Bounds below(double least, double most) { return {least, most, false, true, false}; }
constexpr Bounds between(double least, double most) { return {least, most, true, true, false}; }

template <class Settings>
struct Option {
  const char* name = "";  // --NAME and plan key; empty: stored, but not an option
  const char* key = "";   // JSON key; empty: not stored under its own key
  OptionGroup group = OptionGroup::kNone;
  unsigned taken_by = 0;
  const char* help = "";  // a noun phrase, without unit, choices or default
  const char* unit = "";
  const char* usual = "";           // the default in words, unless it is the member's initial value
  const char* usual_of_prune = "";  // for `prune`, if it differs
  const char* older_name = "";      // --NAME of earlier versions
  const char* word = "";            // a value such as "auto": the program chooses
  Bounds bounds = {};
  bool (*stored_if)(const Settings&) = nullptr;                 // null: always stored in JSON
  void (*parse)(Settings&, const std::string& text) = nullptr;  // null: parsed by the member's type
  bool is_path = false;

  bool is_option() const { return *name != '\0'; }
  bool takes(unsigned who) const { return is_option() && (taken_by & who) != 0; }
};

template <class Settings>
using OptionsOf = std::type_identity<Settings>;

// Names, including older ones, of the options that `wanted` accepts.
template <class Settings, class Wanted>
std::vector<std::string> option_names(Wanted&& wanted) {
  std::vector<std::string> names;
  visit_options(OptionsOf<Settings>{}, [&](const Option<Settings>& option, auto&&) {
    if (!option.is_option() || !wanted(option)) return;
    names.emplace_back(option.name);
    if (*option.older_name != '\0') names.emplace_back(option.older_name);
  });
  return names;
}

}  // namespace stapes
