// SPDX-License-Identifier: Apache-2.0
#include "data/formats/background.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "data/class_names.h"
#include "data/clip_levels.h"
#include "data/data_set.h"
#include "data/formats/default_sources.h"
#include "data/formats/ordered_work.h"
#include "data/formats/source_rule.h"
#include "data/sample_spool.h"
#include "data/sound_warnings.h"
#include "data/source_groups.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kRecordingsAhead = 8;
constexpr std::size_t kRecordingBytesAhead = std::size_t{16} << 20;

int label_of_background(ImportPlan& plan) {
  const auto found = std::ranges::find_if(plan.labels, is_background_class);
  if (found != plan.labels.end()) return static_cast<int>(found - plan.labels.begin());
  plan.labels.emplace_back(kBackgroundClass);
  return static_cast<int>(plan.labels.size()) - 1;
}

void set_background_sources(std::vector<ClipPlan>& recordings, const std::string& pattern, ImportPlan& plan) {
  if (pattern.empty()) {
    const auto counted = set_default_sources(recordings, plan.labels, "--background-source-pattern");
    plan.warnings.insert(plan.warnings.end(), counted.begin(), counted.end());
  } else {
    std::vector<std::string> names;
    for (const ClipPlan& recording : recordings) names.push_back(recording.file.filename().string());
    const auto sources = match_sources(pattern, names, "--background-source-pattern");
    if (std::ranges::none_of(sources, [](const auto& source) { return source.has_value(); })) {
      throw UsageError(
          "--background-source-pattern \"{}\" finds no source in any of the {} file names; the first is {}", pattern,
          names.size(), names.front());
    }
    for (std::size_t i = 0; i < recordings.size(); ++i) {
      recordings[i].info.source = sources[i].value_or(recordings[i].info.name);
    }
  }
  // A clip with the same file name is a different recording, so prefix the sources.
  for (ClipPlan& recording : recordings) {
    recording.info.source = fmt::format("{}/{}", kBackgroundClass, recording.info.source);
  }
}

// In a published split, training gets three times as much background as any other part.
double share_of(int fold, bool published_split) { return published_split && fold == kTrainingPart ? 3 : 1; }

// Assigns folds: largest source first, each to the fold furthest below its share.
void deal_to_folds(std::vector<ClipPlan>& recordings, const ImportPlan& plan, std::uint64_t seed) {
  std::map<std::string_view, std::uint64_t> bytes_of;
  std::vector<SourceAndLabel> sources;
  for (const ClipPlan& recording : recordings) {
    std::error_code unreadable;  // reported when decoding
    const std::uintmax_t bytes = fs::file_size(recording.file, unreadable);
    bytes_of[recording.info.source] += unreadable ? 0 : bytes;
    sources.push_back({recording.info.source, recording.info.label});
  }
  std::vector<SourceGroup> largest_first = group_by_source(sources, seed);
  std::ranges::stable_sort(largest_first, std::greater(),
                           [&](const SourceGroup& group) { return bytes_of.at(group.name); });
  std::map<int, double> filled;  // bytes in a fold relative to its share
  for (const ClipPlan& clip : plan.clips) filled[clip.info.fold] = 0;
  std::map<std::string_view, int> fold_of;
  for (const SourceGroup& source : largest_first) {
    const auto best = std::ranges::min_element(filled, {}, [](const auto& fold) { return fold.second; });
    fold_of[source.name] = best->first;
    // + 1, so that empty files spread over the folds too.
    const auto bytes = static_cast<double>(bytes_of.at(source.name) + 1);
    best->second += bytes / share_of(best->first, is_published_split(plan.format));
  }
  for (ClipPlan& recording : recordings) recording.info.fold = fold_of.at(recording.info.source);
}

class PieceCutter {
 public:
  using Take = std::function<void(std::size_t number, std::span<const std::int16_t>)>;
  PieceCutter(std::size_t samples, std::size_t piece_samples, Take take)
      : samples_(samples), pieces_(std::max<std::size_t>(1, samples / piece_samples)), take_(std::move(take)) {}

  void add(std::span<const std::int16_t> samples) {
    while (!samples.empty()) {
      const std::size_t end = first_of(number_ + 1);
      const std::size_t taken = std::min(samples.size(), end - at_);
      held_.insert(held_.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(taken));
      samples = samples.subspan(taken);
      at_ += taken;
      if (at_ < end) continue;
      take_(number_++, held_);
      held_.clear();
    }
  }

 private:
  std::size_t first_of(std::size_t number) const {
    return number * (samples_ / pieces_) + std::min(number, samples_ % pieces_);
  }

  std::size_t samples_, pieces_;
  Take take_;
  std::size_t at_ = 0, number_ = 0;
  std::vector<std::int16_t> held_;
};

struct Recording {
  SampleSpool samples;
  ClipNotes notes;
  std::string failure;
};

Recording read_recording(const ClipPlan& plan, const ImportOptions& options, const fs::path& folder) {
  Recording recording{.samples = SampleSpool(folder), .notes = {}, .failure = {}};
  try {
    AudioReader reader(plan.file, options.channel, std::numeric_limits<double>::infinity());
    recording.notes = stream_clip(reader, plan.file.string(), options.sample_rate_hz,
                                  [&](std::span<const std::int16_t> piece) { recording.samples.add(piece); });
    const auto samples = recording.samples.size();
    if (recording.notes.power == 0) {
      recording.failure = fmt::format("{} is silent: all samples are 0", plan.file.string());
    } else if (samples < static_cast<std::size_t>(options.window_samples)) {
      recording.failure = fmt::format("{} is {:.3f} s long, which is shorter than the window of {:.3f} s",
                                      plan.file.string(), static_cast<double>(samples) / options.sample_rate_hz,
                                      static_cast<double>(options.window_samples) / options.sample_rate_hz);
    }
  } catch (const Error& error) {
    recording.failure = error.what();
  }
  return recording;
}

void warn_about_folds_without_background(const std::set<int>& with, const ImportPlan& plan,
                                         std::vector<std::string>& warnings) {
  std::set<int> without;
  for (const ClipPlan& clip : plan.clips) {
    if (!with.contains(clip.info.fold)) without.insert(clip.info.fold);
  }
  if (without.empty()) return;
  warnings.push_back(
      fmt::format("no background in fold{} {}: a recording is never split across folds; provide at least as many "
                  "recordings as folds",
                  without.size() == 1 ? "" : "s", fmt::join(without, ", ")));
}

}  // namespace

std::vector<ClipPlan> plan_backgrounds(ImportPlan& plan, const ImportOptions& options) {
  const fs::path& dir = options.background.folder;
  if (dir.empty()) return {};
  if (plan.kind() != InputKind::kSound) {
    throw UsageError("--background is for sound; the format {} is for {}", plan.format, plural_of(plan.kind()));
  }
  if (!is_folder(dir))
    throw Error("--background {} is not a folder; expected a folder of recordings without events", dir.string());
  std::vector<SkippedFile> skipped;
  std::vector<ClipPlan> recordings;
  const int label = label_of_background(plan);
  for (const fs::path& file : files_below(dir, skipped)) {
    const std::string name = fmt::format("{}/{}", kBackgroundClass, file.lexically_relative(dir).generic_string());
    recordings.push_back({.info = {.name = name, .source = {}, .label = label, .fold = 1}, .file = file});
  }
  if (recordings.empty()) {
    throw Error("--background {} has no files; expected recordings without events{}", dir.string(),
                first_skipped(skipped));
  }
  set_background_sources(recordings, options.background.source_pattern, plan);
  deal_to_folds(recordings, plan, options.seed);
  std::set<int> folds;
  for (const ClipPlan& recording : recordings) folds.insert(recording.info.fold);
  warn_about_folds_without_background(folds, plan, plan.warnings);
  std::ranges::move(skipped, std::back_inserter(plan.skipped));
  return recordings;
}

BackgroundCounts write_backgrounds(const std::vector<ClipPlan>& recordings, const ImportOptions& options,
                                   const fs::path& folder, DataSetWriter& writer, ImportReport& report,
                                   const std::function<void()>& done) {
  BackgroundCounts counts;
  std::vector<std::string> silent;
  const std::size_t first_failure = report.skipped.size();
  const auto piece_samples = static_cast<std::size_t>(std::max<double>(
      {1.0, static_cast<double>(options.window_samples), options.background.piece_seconds * options.sample_rate_hz}));
  const auto take = [&](std::size_t i, Recording recording) {
    const ClipInfo& info = recordings[i].info;
    for (std::string& warning : recording.notes.warnings) report.warnings.push_back(std::move(warning));
    if (!recording.failure.empty()) {
      report.skipped.push_back({info.name, std::move(recording.failure)});
      return done();
    }
    ++counts.recordings;
    PieceCutter cutter(recording.samples.size(), piece_samples,
                       [&](std::size_t number, std::span<const std::int16_t> piece) {
                         ClipInfo clip = info;
                         clip.name = fmt::format("{}#{}", info.name, number);
                         if (std::ranges::all_of(piece, [](std::int16_t sample) { return sample == 0; })) {
                           silent.push_back(clip.name);
                           return;
                         }
                         writer.add(clip, piece);
                         ++counts.pieces;
                         ++counts.pieces_per_fold[clip.fold];
                         counts.seconds += static_cast<double>(piece.size()) / options.sample_rate_hz;
                       });
    recording.samples.give([&](std::span<const std::int16_t> samples) { cutter.add(samples); });
    done();
  };
  ordered_parallel_for<Recording>(
      recordings.size(), options.threads, kRecordingsAhead, kRecordingBytesAhead,
      [&](std::size_t i) { return read_recording(recordings[i], options, folder); },
      [](const Recording& recording) { return recording.samples.memory_bytes(); }, take);
  if (counts.pieces == 0) {
    const std::vector<SkippedFile> failures(report.skipped.begin() + static_cast<std::ptrdiff_t>(first_failure),
                                            report.skipped.end());
    throw Error("--background {}: no recording can be used{}", options.background.folder.string(),
                first_skipped(failures));
  }
  warn(report.warnings, "silent piece of a background (all samples 0) was left out",
       "silent pieces of backgrounds (all samples 0) were left out", silent);
  return counts;
}

}  // namespace stapes
