// SPDX-License-Identifier: Apache-2.0
#include "data/validation_split.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/content_hash.h"
#include "base/error.h"
#include "data/source_groups.h"

namespace stapes {
namespace {

// If classes share sources, the first attempt can fail although a split exists.
constexpr std::uint64_t kAttempts = 50;

struct ClassCount {
  std::size_t clips = 0, validation_clips = 0;
  std::size_t training_sources = 0, validation_sources = 0;
};

// Every class keeps a source in training.
class HoldOut {
 public:
  HoldOut(const std::vector<SourceGroup>& sources, std::size_t class_count, double share)
      : sources_(sources), taken_(sources.size()), classes_(class_count), share_(share) {
    for (const SourceGroup& source : sources) {
      for (const auto& [label, clips] : source.clips_of_label) {
        class_of(label).clips += clips;
        ++class_of(label).training_sources;
      }
    }
  }

  // Takes a source of every class: the first attempt begins with the classes with the fewest sources; later ones use
  // random order.
  bool cover_every_class(std::uint64_t attempt) {
    std::vector<std::pair<std::size_t, int>> rarest_first;
    for (std::size_t label = 0; label < classes_.size(); ++label) {
      ContentHash shuffled;
      shuffled.add(attempt);
      shuffled.add(std::uint64_t{label});
      const std::size_t rarity = attempt == 0 ? classes_[label].training_sources : shuffled.value();
      rarest_first.emplace_back(rarity, static_cast<int>(label));
    }
    std::sort(rarest_first.begin(), rarest_first.end());
    for (const auto& [rarity, label] : rarest_first) {
      if (class_of(label).clips == 0 || class_of(label).validation_sources > 0) continue;
      const auto source = best_source_of(label, attempt == 0);
      if (!source) return false;
      take(*source);
    }
    return true;
  }

  // Takes sources, in shuffled order, that bring their classes closer to the wanted share.
  void fill() {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (may_take(i) && cost_of_taking(i) < 0) take(i);
    }
  }

  std::set<std::string_view> validation_sources() const {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (taken_[i]) names.insert(sources_[i].name);
    }
    return names;
  }

 private:
  ClassCount& class_of(int label) { return classes_[static_cast<std::size_t>(label)]; }
  const ClassCount& class_of(int label) const { return classes_[static_cast<std::size_t>(label)]; }

  bool may_take(std::size_t i) const {
    const auto& labels = sources_[i].clips_of_label;
    return !taken_[i] && std::all_of(labels.begin(), labels.end(),
                                     [&](const auto& entry) { return class_of(entry.first).training_sources > 1; });
  }

  // The change in the sum over classes of (validation share - wanted share)^2.
  double cost_of_taking(std::size_t i) const {
    double change = 0;
    for (const auto& [label, clips] : sources_[i].clips_of_label) {
      const ClassCount& c = class_of(label);
      const double all = static_cast<double>(c.clips), before = static_cast<double>(c.validation_clips) / all - share_;
      const double after = before + static_cast<double>(clips) / all;
      change += after * after - before * before;
    }
    return change;
  }

  std::optional<std::size_t> best_source_of(int label, bool cheapest) const {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (!sources_[i].clips_of_label.contains(label) || !may_take(i)) continue;
      if (!best || (cheapest && cost_of_taking(i) < cost_of_taking(*best))) best = i;
    }
    return best;
  }

  void take(std::size_t i) {
    taken_[i] = true;
    for (const auto& [label, clips] : sources_[i].clips_of_label) {
      ClassCount& c = class_of(label);
      c.validation_clips += clips;
      --c.training_sources;
      ++c.validation_sources;
    }
  }

  const std::vector<SourceGroup>& sources_;
  std::vector<bool> taken_;
  std::vector<ClassCount> classes_;
  double share_;
};

template <class IsValidation>
TrainingSplit divide(const ClipSet& set, const IsValidation& is_validation) {
  TrainingSplit split{.training = set, .validation = set};
  std::erase_if(split.training.clips, is_validation);
  std::erase_if(split.validation.clips, [&](const ClipView& clip) { return !is_validation(clip); });
  return split;
}

void refuse_classes_of_one_source(const ClipSet& set, const std::vector<SourceGroup>& sources) {
  std::vector<std::set<std::string_view>> sources_of(set.labels.size());
  for (const SourceGroup& source : sources) {
    for (const auto& [label, clips] : source.clips_of_label)
      sources_of[static_cast<std::size_t>(label)].insert(source.name);
  }
  for (std::size_t label = 0; label < sources_of.size(); ++label) {
    if (sources_of[label].size() != 1) continue;
    throw UsageError(
        "class {} has training clips from only one source ({}), so it cannot be in both training and validation; "
        "choose other classes, or a --select that holds out no clips",
        set.labels[label], *sources_of[label].begin());
  }
}

}  // namespace

TrainingSplit hold_out_validation(const ClipSet& training, double share, std::uint64_t seed) {
  if (!(share > 0 && share < 1))
    throw UsageError("validation share {} is out of range; expected more than 0 and less than 1", share);
  std::vector<SourceAndLabel> clips;
  for (const ClipView& clip : training.clips) clips.push_back({clip.source, clip.label});
  const std::vector<SourceGroup> sources = group_by_source(clips, seed);
  refuse_classes_of_one_source(training, sources);
  for (std::uint64_t attempt = 0; attempt < kAttempts; ++attempt) {
    HoldOut hold_out(sources, training.labels.size(), share);
    if (!hold_out.cover_every_class(attempt)) continue;
    hold_out.fill();
    const std::set<std::string_view> validation = hold_out.validation_sources();
    return divide(training, [&](const ClipView& clip) { return validation.contains(clip.source); });
  }
  throw UsageError(
      "found no validation part that keeps the clips of a source together and every class in both parts: {} sources "
      "are too few for {} classes; choose fewer classes, or a --select that holds out no clips",
      sources.size(), training.labels.size());
}

bool has_published_validation(const ClipSet& training) {
  return training.published_split && std::any_of(training.clips.begin(), training.clips.end(),
                                                 [](const ClipView& clip) { return clip.fold == kValidationPart; });
}

TrainingSplit published_validation(const ClipSet& training) {
  if (!has_published_validation(training)) throw UsageError("this data set has no published validation part");
  TrainingSplit split = divide(training, [](const ClipView& clip) { return clip.fold == kValidationPart; });
  for (const ClipSet* part : {&split.training, &split.validation}) {
    std::set<int> present;
    for (const ClipView& clip : part->clips) present.insert(clip.label);
    for (std::size_t label = 0; label < training.labels.size(); ++label) {
      if (present.contains(static_cast<int>(label))) continue;
      throw UsageError("class {} has no clips in the published {} part; choose other classes", training.labels[label],
                       part == &split.training ? "training" : "validation");
    }
  }
  return split;
}

TrainingSplit split_for_validation(const ClipSet& training, double share) {
  constexpr std::uint64_t kSeed = 1;
  return has_published_validation(training) ? published_validation(training)
                                            : hold_out_validation(training, share, kSeed);
}

}  // namespace stapes
