// SPDX-License-Identifier: Apache-2.0
#include "data/formats/folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "data/formats/data_folder.h"
#include "data/formats/default_sources.h"
#include "data/formats/source_rule.h"
#include "data/formats/split_folders.h"
#include "data/source_groups.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

class FoldCounts {
 public:
  FoldCounts(std::size_t label_count, int folds)
      : folds_(static_cast<std::size_t>(folds)), count_(label_count, std::vector<std::size_t>(folds_)) {}

  // The fold with the fewest clips of the source's classes. Starts at the source's rank, to spread ties.
  std::size_t best_fold(const SourceGroup& source) const {
    std::size_t best = source.rank % folds_;
    for (std::size_t step = 1; step < folds_; ++step) {
      const std::size_t fold = (source.rank + step) % folds_;
      if (crowding(source, fold) < crowding(source, best)) best = fold;
    }
    return best;
  }

  void add(const SourceGroup& source, std::size_t fold) {
    for (const auto& [label, clips] : source.clips_of_label) count_[static_cast<std::size_t>(label)][fold] += clips;
  }

 private:
  std::size_t crowding(const SourceGroup& source, std::size_t fold) const {
    std::size_t sum = 0;
    for (const auto& [label, clips] : source.clips_of_label)
      sum += clips * count_[static_cast<std::size_t>(label)][fold];
    return sum;
  }

  std::size_t folds_;
  std::vector<std::vector<std::size_t>> count_;  // [label][fold]
};

// Empty if every file is already its own source.
std::string remedy_for_few_sources(bool some_share_a_source) {
  return some_share_a_source ? "; if the files are independent, say so with --source-pattern '(.*)'" : "";
}

std::vector<std::string> warn_about_few_sources(const std::vector<SourceGroup>& sources,
                                                const std::vector<std::string>& labels, int folds) {
  struct Counts {
    std::size_t sources = 0, clips = 0;
  };
  std::map<int, Counts> counts_of_label;
  for (const SourceGroup& source : sources) {
    for (const auto& [label, clips] : source.clips_of_label) {
      ++counts_of_label[label].sources;
      counts_of_label[label].clips += clips;
    }
  }
  std::vector<std::string> warnings;
  for (const auto& [label, counts] : counts_of_label) {
    if (counts.sources >= static_cast<std::size_t>(folds)) continue;
    warnings.push_back(fmt::format("class {} comes from {} source{}, so only that many of {} folds contain it{}",
                                   labels[static_cast<std::size_t>(label)], counts.sources,
                                   counts.sources == 1 ? "" : "s", folds,
                                   remedy_for_few_sources(counts.sources < counts.clips)));
  }
  return warnings;
}

// Unpacking an archive into its own folder adds a level.
void refuse_folder_of_folders(const fs::path& dir) {
  const std::optional<fs::path> only = only_folder_in(dir);
  if (!only) return;
  std::error_code error;
  const bool has_files = std::any_of(fs::directory_iterator(*only, error), {},
                                     [](const fs::directory_entry& entry) { return !is_folder(entry.path()); });
  if (has_files || class_folders(*only).empty()) return;
  throw Error("{} holds one folder, {}, with folders in it: {}; expected one folder per class; import {}", dir.string(),
              only->filename().string(), contents_of(*only), only->string());
}

ImportPlan list_clips(const fs::path& dir) {
  refuse_folder_of_folders(dir);
  ImportPlan plan{.format = "folders", .labels = {}, .clips = {}, .skipped = {}, .keep_empty_labels = false};
  std::vector<fs::path> folders = class_folders(dir, plan.skipped);
  std::stable_sort(folders.begin(), folders.end(), [](const fs::path& a, const fs::path& b) {
    return comes_before(a.filename().string(), b.filename().string());
  });
  for (const fs::path& folder : folders) {
    const int label = static_cast<int>(plan.labels.size());
    plan.labels.push_back(folder.filename().string());
    for (const fs::path& file : files_below(folder, plan.skipped)) {
      const std::string name = file.lexically_relative(dir).string();
      plan.clips.push_back({.info = {.name = name, .source = {}, .label = label, .fold = 1}, .file = file});
    }
  }
  if (plan.clips.empty()) {
    throw Error("{} holds no files in folders; expected one folder per class in it{}", dir.string(),
                first_skipped(plan.skipped));
  }
  return plan;
}

// A clip of unknown origin is its own source.
void set_known_sources(std::vector<ClipPlan>& clips, const std::vector<std::optional<std::string>>& sources,
                       const std::string& rule, std::vector<std::string>& warnings) {
  std::size_t unknown = 0;
  std::string first;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    clips[i].info.source = sources[i].value_or(clips[i].info.name);
    if (!sources[i] && unknown++ == 0) first = clips[i].info.name;
  }
  if (unknown == clips.size()) {
    throw UsageError("{} finds no source for any of the {} files; the first is {}", rule, clips.size(), first);
  }
  if (unknown > 0) {
    warnings.push_back(
        fmt::format("{} finds no source for {} of {} files, so each such file is its own source; the first is {}", rule,
                    unknown, clips.size(), first));
  }
}

std::vector<std::string> set_sources(ImportPlan& plan, const FolderOptions& options) {
  std::vector<std::string> warnings, names;
  if (!options.source_pattern.empty() && !options.source_table.empty()) {
    throw UsageError("--source-pattern and --sources cannot be combined");
  }
  if (!options.source_table.empty()) {
    for (const ClipPlan& clip : plan.clips) names.push_back(clip.info.name);
    SourceTable table = look_up_sources(options.source_table, names);
    set_known_sources(plan.clips, table.sources, options.source_table.string(), warnings);
    for (const std::string& reason : table.absent) plan.skipped.push_back({options.source_table.string(), reason});
  } else if (!options.source_pattern.empty()) {
    for (const ClipPlan& clip : plan.clips) names.push_back(clip.file.filename().string());
    set_known_sources(plan.clips, match_sources(options.source_pattern, names),
                      fmt::format("--source-pattern \"{}\"", options.source_pattern), warnings);
  } else {
    return set_default_sources(plan.clips, plan.labels);
  }
  return warnings;
}

// options.folds, otherwise kUsualFolds, or fewer so that none is empty. A class with one source per fold fills all
// folds, since assign_folds() puts a source where its class has the fewest clips.
int number_of_folds(ImportPlan& plan, const FolderOptions& options) {
  std::map<int, std::set<std::string_view>> sources_of_label;
  for (const ClipPlan& clip : plan.clips) sources_of_label[clip.info.label].insert(clip.info.source);
  std::size_t most = 0, all = 0;
  for (const auto& [label, sources] : sources_of_label) {
    most = std::max(most, sources.size());
    all += sources.size();
  }
  const std::string remedy = remedy_for_few_sources(all < plan.clips.size());
  const int sources = static_cast<int>(most), folds = options.folds.value_or(kUsualFolds);
  if (sources >= folds) return folds;
  if (sources < 2 && plan.clips.size() > sources_of_label.size()) {
    throw UsageError("each class comes from one source, so no class can be in both the training and the test clips{}",
                     remedy);
  }
  if (options.folds) {
    throw UsageError(
        "--folds {}: no class comes from more than {} source{}, so some folds would be empty; pass fewer folds{}",
        folds, sources, sources == 1 ? "" : "s", remedy);
  }
  const int fewer = std::max(2, sources);
  plan.notes.push_back(fmt::format("{} folds instead of {}: no class comes from more than {} source{}{}", fewer,
                                   kUsualFolds, sources, sources == 1 ? "" : "s", remedy));
  return fewer;
}

}  // namespace

std::vector<std::string> assign_folds(std::vector<ClipPlan>& clips, const std::vector<std::string>& labels, int folds,
                                      std::uint64_t seed) {
  if (folds < 2 || folds > kMaxFolds)
    throw UsageError("number of folds {} is out of range; expected 2 to {}", folds, kMaxFolds);
  std::vector<SourceAndLabel> memberships;
  for (const ClipPlan& clip : clips) memberships.push_back({clip.info.source, clip.info.label});
  std::vector<SourceGroup> sources = group_by_source(memberships, seed);
  // Large sources first, since they are hardest to balance; rank breaks ties.
  std::stable_sort(sources.begin(), sources.end(),
                   [](const SourceGroup& a, const SourceGroup& b) { return a.clip_count > b.clip_count; });
  FoldCounts counts(labels.size(), folds);
  std::map<std::string_view, int> fold_of;
  for (const SourceGroup& source : sources) {
    const std::size_t fold = counts.best_fold(source);
    counts.add(source, fold);
    fold_of[source.name] = static_cast<int>(fold) + 1;
  }
  for (ClipPlan& clip : clips) clip.info.fold = fold_of[clip.info.source];
  return warn_about_few_sources(sources, labels, folds);
}

void deal_folds(ImportPlan& plan, const ImportOptions& options) {
  const int folds = number_of_folds(plan, options.folders);
  const auto few = assign_folds(plan.clips, plan.labels, folds, options.seed);
  plan.warnings.insert(plan.warnings.end(), few.begin(), few.end());
}

ImportPlan plan_folders(const fs::path& dir, const ImportOptions& options, const std::string& format) {
  const std::vector<PartFolder> parts = split_parts(dir);
  if (!parts.empty()) return plan_split(dir, parts, format + "-split");
  ImportPlan plan = list_clips(dir);
  plan.format = format;
  plan.warnings = set_sources(plan, options.folders);
  deal_folds(plan, options);
  return plan;
}

ImportReport import_folders(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  refuse_existing(out, options.existing);
  return decode_data_set(plan_folders(dir, options, "folders"), out, options);
}

}  // namespace stapes
