// SPDX-License-Identifier: Apache-2.0
#include "data/selection.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <set>
#include <span>

#include "base/error.h"
#include "base/nearest_name.h"
#include "base/number.h"
#include "data/class_names.h"

namespace stapes {
namespace {

// Published order: ESC-10 is the first ten, ESC-20 the first twenty, ...
constexpr std::array<int, 40> kEscOrder = {0,  10, 11, 20, 38, 21, 40, 41, 1,  12, 5,  31, 18, 27,
                                           48, 8,  15, 45, 25, 34, 3,  14, 23, 36, 43, 7,  22, 28,
                                           30, 49, 6,  9,  16, 17, 24, 29, 32, 35, 37, 44};
// Indices into the sorted list of AudioEvent's 28 classes.
constexpr std::array<int, 10> kAe10 = {0, 2, 5, 9, 11, 12, 17, 21, 25, 26};
constexpr std::array<int, 20> kAe20 = {0, 1, 2, 4, 5, 7, 8, 9, 11, 12, 14, 15, 17, 19, 20, 21, 23, 25, 26, 27};

// A named subset with published figures.
struct NamedSubset {
  const char* name;
  const char* format;                // required format of the data set
  std::size_t label_count;           // required number of labels
  std::span<const int> labels = {};  // empty: all, in natural order
};

constexpr std::span kEsc(kEscOrder);
constexpr NamedSubset kSubsets[] = {
    {"esc10", "esc50", 50, kEsc.first<10>()},
    {"esc20", "esc50", 50, kEsc.first<20>()},
    {"esc30", "esc50", 50, kEsc.first<30>()},
    {"esc40", "esc50", 50, kEsc},
    {"esc50", "esc50", 50},
    {"ae10", "audioevent", 28, kAe10},
    {"ae20", "audioevent", 28, kAe20},
    {"ae28", "audioevent", 28},
};

void check_subset_fits(std::string_view name, std::string_view format, std::size_t label_count, const DataSet& data) {
  if (data.format() != format) {
    throw UsageError(
        "classes \"{}\" exist only in data of format {}; this data set has format {}; use all, or class names or "
        "numbers such as dog,cat or 0,2",
        name, format, data.format());
  }
  if (data.labels().size() != label_count) {
    throw UsageError("classes \"{}\" need all {} labels of {}; this data set has {}", name, label_count, format,
                     data.labels().size());
  }
}

std::vector<int> labels_of(const NamedSubset& subset, const DataSet& data) {
  const std::size_t label_count = data.labels().size();
  check_subset_fits(subset.name, subset.format, subset.label_count, data);
  if (!subset.labels.empty()) return {subset.labels.begin(), subset.labels.end()};
  std::vector<int> natural_order(label_count);
  std::iota(natural_order.begin(), natural_order.end(), 0);
  return natural_order;
}

// -1 if `text` is not a non-negative integer.
int whole_number(std::string_view text) { return std::max(-1, number_in<int>(text).value_or(-1)); }

// "cifar100:30": the fine labels 10 i + j with j < 3, ascending. `kept`: the part after the colon.
std::vector<int> labels_of_cifar100(std::string_view classes, std::string_view kept, const DataSet& data) {
  check_subset_fits(classes, "cifar100", 100, data);
  const int class_count = whole_number(kept);
  if (class_count % 10 != 0 || class_count < 10 || class_count > 90) {
    throw UsageError("classes \"{}\": expected cifar100:10, cifar100:20, ... cifar100:90, or all", classes);
  }
  std::vector<int> labels;
  for (int label = 0; label < 100; ++label) {
    if (label % 10 < class_count / 10) labels.push_back(label);
  }
  return labels;
}

// "first:4": labels 0 to 3. `kept`: the part after the colon.
std::vector<int> first_labels(std::string_view classes, std::string_view kept, std::size_t label_count) {
  const int class_count = whole_number(kept);
  if (class_count < 2 || static_cast<std::size_t>(class_count) > label_count) {
    throw UsageError("classes \"{}\": expected first:2 ... first:{}", classes, label_count);
  }
  std::vector<int> labels(static_cast<std::size_t>(class_count));
  std::iota(labels.begin(), labels.end(), 0);
  return labels;
}

[[noreturn]] void refuse_class(std::string_view list, std::string_view part, const std::string& why) {
  throw UsageError(
      "classes \"{}\": \"{}\" {}; expected all, esc10 ... esc50 (ESC-50), ae10, ae20, ae28 (AudioEvent), cifar100:10 "
      "... cifar100:90 (CIFAR-100), first:2 and up, or class names or numbers such as dog,cat or 0,10,11",
      list, part, why);
}

// Refuses numbers if some class name is a number, since a number is then a name.
int numbered_label(std::string_view list, std::string_view part, const std::vector<std::string>& labels) {
  const auto is_number = [](std::string_view text) { return whole_number(text) >= 0; };
  const int label = whole_number(part);
  if (label < 0) {
    const std::string near = nearest_name(part, labels);
    refuse_class(list, part,
                 fmt::format("is not the name of a class{}", part.empty() ? "" : "; the nearest is " + near));
  }
  if (std::any_of(labels.begin(), labels.end(), is_number)) {
    refuse_class(list, part,
                 "is not the name of a class; some class names of this data set are numbers, so a number is taken as a "
                 "name, not as a position");
  }
  if (static_cast<std::size_t>(label) >= labels.size()) {
    refuse_class(list, part, fmt::format("is not a class number from 0 to {}", labels.size() - 1));
  }
  return label;
}

std::vector<int> parse_class_list(std::string_view list, const std::vector<std::string>& labels) {
  std::vector<std::string> names;
  for (const std::string& label : labels) names.push_back(class_name_of(label));
  std::vector<int> wanted;
  for (std::size_t at = 0; at <= list.size();) {
    const std::string_view rest = list.substr(at);
    const std::optional<LeadingClass> named = leading_class(rest, names);
    const std::string_view part = rest.substr(0, named ? named->bytes : rest.find(','));
    const int label = named ? named->label : numbered_label(list, part, labels);
    if (std::find(wanted.begin(), wanted.end(), label) != wanted.end()) refuse_class(list, part, "is listed twice");
    wanted.push_back(label);
    at += part.size() + 1;
  }
  return wanted;
}

std::vector<int> labels_wanted(const DataSet& data, std::string_view classes) {
  if (classes == "all") {
    std::set<int> used;
    for (const ClipView& clip : data.clips()) used.insert(clip.label);
    return {used.begin(), used.end()};
  }
  for (const NamedSubset& subset : kSubsets) {
    if (classes == subset.name) return labels_of(subset, data);
  }
  constexpr std::string_view kCifar100 = "cifar100:";
  if (classes.starts_with(kCifar100)) {
    return labels_of_cifar100(classes, classes.substr(kCifar100.size()), data);
  }
  constexpr std::string_view kFirst = "first:";
  if (classes.starts_with(kFirst)) return first_labels(classes, classes.substr(kFirst.size()), data.labels().size());
  return parse_class_list(classes, data.labels());
}

std::set<int> folds_of(const ClipSet& set) {
  std::set<int> folds;
  for (const ClipView& clip : set.clips) folds.insert(clip.fold);
  return folds;
}

// Other parts of a published split are training data.
void check_test_fold(const ClipSet& set, int fold) {
  const std::set<int> folds = folds_of(set);
  if (!folds.contains(fold))
    throw UsageError("there is no fold {}: this data set has folds {}", fold, fmt::join(folds, ", "));
  if (set.published_split && fold != kTestPart) {
    throw UsageError("fold {} is the {} part of this data set's published split, not a test fold; expected fold {}",
                     fold, fold == kTrainingPart ? "training" : "validation", kTestPart);
  }
}

ClipSet filtered(const ClipSet& set, int fold, bool keep_that_fold) {
  check_test_fold(set, fold);
  ClipSet result = set;
  std::erase_if(result.clips, [&](const ClipView& clip) { return (clip.fold == fold) != keep_that_fold; });
  if (result.clips.empty()) throw UsageError("fold {} is the only fold: no clips are left to train on", fold);
  return result;
}

}  // namespace

ClipSet select_classes(const DataSet& data, std::string_view classes) {
  const std::vector<int> wanted = labels_wanted(data, classes);
  std::vector<int> new_label(data.labels().size(), -1);
  ClipSet set{.clips = {},
              .labels = {},
              .sample_rate_hz = data.sample_rate_hz(),
              .published_split = data.published_split(),
              .image = data.image(),
              .features = data.features()};
  for (const int label : wanted) {
    new_label[static_cast<std::size_t>(label)] = static_cast<int>(set.labels.size());
    set.labels.push_back(data.labels()[static_cast<std::size_t>(label)]);
  }
  std::vector<int> clip_count(set.labels.size());
  for (const ClipView& clip : data.clips()) {
    const int label = new_label[static_cast<std::size_t>(clip.label)];
    if (label < 0) continue;
    set.clips.push_back(clip);
    set.clips.back().label = label;
    ++clip_count[static_cast<std::size_t>(label)];
  }
  for (std::size_t i = 0; i < clip_count.size(); ++i) {
    if (clip_count[i] == 0) throw UsageError("class {} ({}) has no clips: leave it out", wanted[i], set.labels[i]);
  }
  return set;
}

ClipSet only_fold(const ClipSet& set, int fold) { return filtered(set, fold, true); }
ClipSet without_fold(const ClipSet& set, int fold) { return filtered(set, fold, false); }

std::vector<int> test_folds(const ClipSet& set) {
  if (set.published_split) return {kTestPart};
  const std::set<int> folds = folds_of(set);
  return {folds.begin(), folds.end()};
}

}  // namespace stapes
