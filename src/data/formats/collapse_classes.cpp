// SPDX-License-Identifier: Apache-2.0
#include "data/formats/collapse_classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/nearest_name.h"
#include "data/class_names.h"
#include "data/data_set.h"

namespace stapes {
namespace {

// [labels]: whether one of the lists contains the label.
std::vector<bool> classes_in(const std::vector<std::string>& lists, const std::vector<std::string>& names) {
  std::vector<bool> named(names.size());
  for (const std::string& list : lists) {
    for (std::size_t at = 0; at <= list.size();) {
      const std::string_view rest = std::string_view(list).substr(at);
      const std::optional<LeadingClass> found = leading_class(rest, names);
      if (!found) {
        const std::string_view part = rest.substr(0, rest.find(','));
        throw UsageError("--unknown {}: there is no class '{}'; did you mean {}?", list, part,
                         nearest_name(part, names));
      }
      named[static_cast<std::size_t>(found->label)] = true;
      at += found->bytes + 1;
    }
  }
  return named;
}

}  // namespace

void leave_published_classes(ImportPlan& plan) {
  const char* kind = plan.features ? "features" : plan.image || plan.format == "images" ? "images" : "folders";
  const std::string general = fmt::format("{}{}", kind, is_published_split(plan.format) ? "-split" : "");
  if (plan.format == general) return;
  plan.notes.push_back(
      fmt::format("the data set no longer has the classes of {0}: its format is now {1}, and the class subsets of {0} "
                  "are not available",
                  plan.format, general));
  plan.format = general;
}

void collapse_into_unknown(ImportPlan& plan, const std::vector<std::string>& lists) {
  if (lists.empty()) return;
  std::vector<std::string> names;
  for (const std::string& label : plan.labels) names.push_back(class_name_of(label));
  std::vector<bool> collapses = classes_in(lists, names);
  for (std::size_t i = 0; i < names.size(); ++i) collapses[i] = collapses[i] || names[i] == kUnknownClass;

  std::vector<int> renumbered(names.size());
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < names.size(); ++i) {
    renumbered[i] = static_cast<int>(kept.size());
    if (!collapses[i]) kept.push_back(plan.labels[i]);
  }
  if (kept.empty())
    throw UsageError("--unknown names all classes; expected at least one class that the network should recognize");
  const int unknown = static_cast<int>(kept.size());
  std::size_t clips = 0;
  for (ClipPlan& clip : plan.clips) {
    const auto label = static_cast<std::size_t>(clip.info.label);
    clip.info.label = collapses[label] ? unknown : renumbered[label];
    clips += collapses[label] ? 1 : 0;
  }
  plan.notes.push_back(fmt::format("class {}: {} clip{} from {} of {} classes", kUnknownClass, clips,
                                   clips == 1 ? "" : "s", names.size() - kept.size(), names.size()));
  kept.emplace_back(kUnknownClass);
  plan.labels = std::move(kept);
  plan.keep_empty_labels = false;
  leave_published_classes(plan);
}

}  // namespace stapes
