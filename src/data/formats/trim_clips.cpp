// SPDX-License-Identifier: Apache-2.0
#include "data/formats/trim_clips.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/nearest_name.h"
#include "base/number.h"
#include "data/class_names.h"

namespace stapes {
namespace {

constexpr double kMaxTrimDb = 96;  // the range of 16 bits

double level_of(const std::string& rule, std::string_view text) {
  const std::optional<double> level = number_in<double>(text);
  if (!level || !(*level > 0 && *level <= kMaxTrimDb)) {
    throw UsageError("--trim {}: expected [CLASS=]DB with a level above 0 and at most {} dB", rule, kMaxTrimDb);
  }
  return *level;
}

}  // namespace

void plan_trims(ImportPlan& plan, const std::vector<std::string>& rules) {
  if (rules.empty()) return;
  if (plan.kind() != InputKind::kSound) {
    throw UsageError("--trim is for sound; the format {} is for {}", plan.format, plural_of(plan.kind()));
  }
  std::vector<std::string> names;
  for (const std::string& label : plan.labels) names.push_back(class_name_of(label));
  std::optional<double> of_all;
  std::map<std::size_t, double> of_class;
  for (const std::string& rule : rules) {
    const std::size_t equals = rule.rfind('=');
    const double level = level_of(rule, std::string_view(rule).substr(equals == std::string::npos ? 0 : equals + 1));
    bool first = true;
    if (equals == std::string::npos) {
      first = !of_all;
      of_all = level;
    } else {
      const std::string name = class_name_of(std::string_view(rule).substr(0, equals));
      const auto found = std::find(names.begin(), names.end(), name);
      if (found == names.end()) {
        throw UsageError("--trim {}: there is no class '{}'; did you mean {}?", rule, name, nearest_name(name, names));
      }
      first = of_class.emplace(found - names.begin(), level).second;
    }
    if (!first) throw UsageError("--trim {}: these clips already have a level from another --trim", rule);
  }
  for (ClipPlan& clip : plan.clips) {
    const auto found = of_class.find(static_cast<std::size_t>(clip.info.label));
    clip.trim_db = found == of_class.end() ? of_all : std::optional(found->second);
  }
}

void TrimLengths::append_to(std::vector<std::string>& notes, const std::vector<std::string>& labels) const {
  for (std::size_t i = 0; i < seconds_.size(); ++i) {
    std::vector<double> sorted = seconds_[i];
    if (sorted.empty()) continue;
    std::sort(sorted.begin(), sorted.end());
    notes.push_back(fmt::format("class {}: {} clip{} trimmed to between {:.2f} and {:.2f} s, median {:.2f} s",
                                labels[i], sorted.size(), sorted.size() == 1 ? "" : "s", sorted.front(), sorted.back(),
                                sorted[sorted.size() / 2]));
  }
}

}  // namespace stapes
