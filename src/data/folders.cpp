#include "data/folders.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <regex>

#include "audio/load_clip.h"
#include "base/error.h"
#include "data/content_hash.h"
#include "data/import.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

std::vector<fs::path> sorted_entries(const fs::path& dir, bool folders) {
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir)) {
    if (!is_hidden(entry.path()) && entry.is_directory() == folders) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Files below `dir`, any depth, in byte order. Links to folders are not followed: they can lead in circles.
std::vector<fs::path> files_below(const fs::path& dir) {
  std::vector<fs::path> found;
  for (auto it = fs::recursive_directory_iterator(dir); it != fs::recursive_directory_iterator(); ++it) {
    if (is_hidden(it->path())) {
      if (it->is_directory()) it.disable_recursion_pending();
    } else if (!it->is_directory()) {
      found.push_back(it->path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

// What a source holds, over all classes: it goes into one fold as a whole.
struct Source {
  std::string name;
  std::uint64_t hash = 0;
  std::size_t total = 0;
  std::map<int, std::size_t> clips_of_label;
  int fold = 0;
};

std::vector<Source> collect_sources(const std::vector<ClipPlan>& clips) {
  std::map<std::string, Source> by_name;
  for (const ClipPlan& clip : clips) {
    Source& source = by_name[clip.info.source];
    ++source.clips_of_label[clip.info.label];
    ++source.total;
  }
  std::vector<Source> sources;
  for (auto& [name, source] : by_name) {
    source.name = name;
    source.hash = content_hash(std::as_bytes(std::span(name)));
    sources.push_back(std::move(source));
  }
  return sources;
}

ImportPlan plan_folders(const fs::path& dir, const std::string& source_pattern) {
  if (!fs::is_directory(dir)) throw Error("{} is not a folder; expected one folder per class in it", dir.string());
  ImportPlan plan{.format = "folders", .labels = {}, .clips = {}, .skipped = {}, .keep_empty_labels = false};
  const SourceRule source_of(source_pattern);
  for (const fs::path& folder : sorted_entries(dir, true)) {
    const int label = static_cast<int>(plan.labels.size());
    plan.labels.push_back(folder.filename().string());
    for (const fs::path& file : files_below(folder)) {
      ClipPlan clip;
      clip.file = file;
      clip.info = {.name = file.lexically_relative(dir).string(),
                   .source = source_of(file.filename().string()),
                   .label = label,
                   .fold = 1};
      plan.clips.push_back(std::move(clip));
    }
  }
  if (plan.clips.empty())
    throw Error("{} holds no files in folders; expected one folder per class in it", dir.string());
  return plan;
}

}  // namespace

SourceRule::SourceRule(const std::string& pattern) {
  if (pattern.empty()) return;
  try {
    pattern_.emplace(pattern, std::regex::ECMAScript);
  } catch (const std::regex_error& error) {
    throw UsageError("--source-pattern \"{}\" is not a regular expression: {}", pattern, error.what());
  }
}

std::string SourceRule::operator()(const std::string& file_name) const {
  const std::string stem = fs::path(file_name).stem().string();
  if (pattern_) {
    std::smatch match;
    if (!std::regex_search(file_name, match, *pattern_)) return stem;
    return match.size() > 1 ? match[1].str() : match[0].str();
  }
  const std::size_t digits = stem.find_last_not_of("0123456789") + 1;  // npos + 1 = 0
  const bool numbered = digits > 1 && digits < stem.size() && (stem[digits - 1] == '-' || stem[digits - 1] == '_');
  return numbered ? stem.substr(0, digits - 1) : stem;
}

std::vector<std::string> assign_folds(std::vector<ClipPlan>& clips, const std::vector<std::string>& labels) {
  std::vector<Source> sources = collect_sources(clips);
  // Large sources first, they are the hard ones to balance; the hash decides between equals.
  std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) {
    return std::tie(b.total, a.hash, a.name) < std::tie(a.total, b.hash, b.name);
  });
  std::vector<std::array<std::size_t, kFolderFolds>> count(labels.size());  // [label][fold]
  for (Source& source : sources) {
    std::array<std::size_t, kFolderFolds> cost{};
    for (const auto& [label, clips_here] : source.clips_of_label) {
      for (std::size_t f = 0; f < kFolderFolds; ++f) cost[f] += clips_here * count[static_cast<std::size_t>(label)][f];
    }
    // The fold with the fewest clips of the same classes; ties from a place the hash picks.
    std::size_t best = source.hash % kFolderFolds;
    for (std::size_t step = 1; step < kFolderFolds; ++step) {
      const std::size_t f = (source.hash + step) % kFolderFolds;
      if (cost[f] < cost[best]) best = f;
    }
    source.fold = static_cast<int>(best) + 1;
    for (const auto& [label, clips_here] : source.clips_of_label)
      count[static_cast<std::size_t>(label)][best] += clips_here;
  }
  std::map<std::string, int> fold_of;
  std::map<int, std::size_t> sources_of_label;
  for (const Source& source : sources) {
    fold_of[source.name] = source.fold;
    for (const auto& [label, clips_here] : source.clips_of_label) ++sources_of_label[label];
  }
  for (ClipPlan& clip : clips) clip.info.fold = fold_of[clip.info.source];

  std::vector<std::string> warnings;
  for (const auto& [label, source_count] : sources_of_label) {
    if (source_count >= kFolderFolds) continue;
    warnings.push_back(
        fmt::format("class {} comes from {} source{}, so only that many of {} folds hold it; if its files "
                    "are independent, say so with --source-pattern '(.*)'",
                    labels[static_cast<std::size_t>(label)], source_count, source_count == 1 ? "" : "s", kFolderFolds));
  }
  return warnings;
}

ImportReport import_folders(const fs::path& dir, const fs::path& out, const ImportOptions& options) {
  refuse_existing(out, options.existing);
  ImportPlan plan = plan_folders(dir, options.source_pattern);
  std::vector<std::string> warnings = assign_folds(plan.clips, plan.labels);
  ImportReport report = write_data_set(
      std::move(plan), [&](const ClipPlan& clip, std::size_t) { return load_clip(clip.file, options.sample_rate_hz); },
      out, options);
  report.warnings.insert(report.warnings.begin(), warnings.begin(), warnings.end());
  return report;
}

}  // namespace stapes
