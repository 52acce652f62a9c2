// SPDX-License-Identifier: Apache-2.0
#include "data/formats/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "audio/loud_span.h"
#include "base/content_hash.h"
#include "base/error.h"
#include "data/class_names.h"
#include "data/data_set.h"
#include "data/formats/background.h"
#include "data/formats/collapse_classes.h"
#include "data/formats/ordered_work.h"
#include "data/formats/trim_clips.h"
#include "data/sample_spool.h"
#include "data/sound_warnings.h"

namespace stapes {
namespace {

constexpr std::size_t kClipsAhead = 64;
constexpr std::size_t kBytesAhead = std::size_t{32} << 20;

struct Loaded {
  SampleSpool samples;
  ClipNotes notes;
  ClipLevels levels;    // sound only
  std::string failure;  // empty if the clip was loaded
};

// Passes on the loud part. Clips fit in memory (audio/decode.h).
ClipNotes stream_trimmed(const ClipStreamer& stream, const ClipPlan& clip, int sample_rate_hz, const SampleSink& sink) {
  std::vector<std::int16_t> samples;
  const ClipNotes notes = stream(
      clip, [&](std::span<const std::int16_t> piece) { samples.insert(samples.end(), piece.begin(), piece.end()); });
  const SampleSpan loud = loud_span(samples, sample_rate_hz, *clip.trim_db);
  sink(std::span(samples).subspan(loud.first, loud.count));
  return notes;
}

Loaded load_or_explain(const ClipStreamer& stream, const ClipPlan& clip, const std::filesystem::path& folder,
                       bool is_sound, int sample_rate_hz) {
  Loaded loaded{.samples = SampleSpool(folder), .notes = {}, .levels = {}, .failure = {}};
  std::optional<LevelMeter> meter;  // only for sound: a meter takes longer than decoding a small image
  if (is_sound) meter.emplace();
  try {
    const SampleSink take = [&](std::span<const std::int16_t> piece) {
      loaded.samples.add(piece);
      if (meter) meter->add(piece);
    };
    loaded.notes = clip.trim_db ? stream_trimmed(stream, clip, sample_rate_hz, take) : stream(clip, take);
    if (meter) loaded.levels = meter->levels();
  } catch (const Error& error) {
    loaded.failure = error.what();
  }
  return loaded;
}

// Keeps the clips with the lowest name hashes per class and fold. A smaller limit keeps a subset of a larger one.
void keep_at_most(std::size_t limit, std::uint64_t seed, std::vector<ClipPlan>& clips) {
  std::map<std::pair<int, int>, std::vector<std::pair<std::uint64_t, std::size_t>>> ranked;  // by class and fold
  for (std::size_t i = 0; i < clips.size(); ++i) {
    ContentHash hash;
    hash.add(seed);
    hash.add(clips[i].info.name);
    ranked[{clips[i].info.label, clips[i].info.fold}].emplace_back(hash.value(), i);
  }
  std::vector<std::size_t> kept;
  for (auto& [label_and_fold, group] : ranked) {
    std::sort(group.begin(), group.end());
    group.resize(std::min(limit, group.size()));
    for (const auto& [rank, i] : group) kept.push_back(i);
  }
  std::sort(kept.begin(), kept.end());
  std::vector<ClipPlan> few;
  for (const std::size_t i : kept) few.push_back(std::move(clips[i]));
  clips = std::move(few);
}

// Drops labels without clips in the plan. A label with only unreadable clips stays, since label numbers must be fixed
// before writing.
void drop_labels_without_files(ImportPlan& plan) {
  std::vector<int> renumbered(plan.labels.size(), -1);
  for (const ClipPlan& clip : plan.clips) renumbered[static_cast<std::size_t>(clip.info.label)] = 0;
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < renumbered.size(); ++i) {
    if (renumbered[i] < 0) {
      plan.warnings.push_back(fmt::format("class {} has no files and was left out", plan.labels[i]));
      continue;
    }
    renumbered[i] = static_cast<int>(kept.size());
    kept.push_back(std::move(plan.labels[i]));
  }
  for (ClipPlan& clip : plan.clips) clip.info.label = renumbered[static_cast<std::size_t>(clip.info.label)];
  plan.labels = std::move(kept);
}

using ClipsOfParts = std::map<int, std::size_t>;  // clips of a class, by fold

void warn_about_classes(const std::vector<ClipsOfParts>& clip_count, bool published_split, ImportReport& report) {
  for (std::size_t i = 0; i < clip_count.size(); ++i) {
    const std::string& label = report.labels[i];
    std::size_t clips = 0;
    for (const auto& [fold, count] : clip_count[i]) clips += count;
    if (clips == 0) {
      report.warnings.push_back(fmt::format("class {} has no readable clips", label));
    } else if (published_split && !clip_count[i].contains(kTestPart)) {
      report.warnings.push_back(fmt::format("class {} has no clips in the published test part", label));
    } else if (published_split && !clip_count[i].contains(kTrainingPart)) {
      report.warnings.push_back(fmt::format("class {} has no clips in the published training part", label));
    } else if (clips == 1) {
      report.warnings.push_back(
          fmt::format("class {} has one clip, so it cannot be in both the training and the test clips", label));
    }
  }
}

void add_backgrounds(const std::vector<ClipPlan>& backgrounds, const ImportPlan& plan, const ImportOptions& options,
                     const std::filesystem::path& folder, DataSetWriter& writer, ImportReport& report,
                     std::vector<ClipsOfParts>& clip_count) {
  std::size_t done = plan.clips.size();
  const BackgroundCounts counts = write_backgrounds(backgrounds, options, folder, writer, report, [&] {
    if (options.progress) options.progress(++done, plan.clips.size() + backgrounds.size());
  });
  report.notes.push_back(fmt::format("class {}: {} piece{}, {:.1f} minutes, from {} recording{}, each in one fold",
                                     kBackgroundClass, counts.pieces, counts.pieces == 1 ? "" : "s",
                                     counts.seconds / 60, counts.recordings, counts.recordings == 1 ? "" : "s"));
  report.clips += counts.pieces;
  auto& of_class = clip_count[static_cast<std::size_t>(backgrounds.front().info.label)];
  for (const auto& [fold, pieces] : counts.pieces_per_fold) of_class[fold] += pieces;
}

}  // namespace

ImportReport write_data_set(ImportPlan plan, const ClipLoader& load, const std::filesystem::path& out,
                            const ImportOptions& options) {
  const auto stream = [&](const ClipPlan& clip, const SampleSink& sink) {
    sink(load(clip));
    return ClipNotes{};
  };
  return stream_data_set(std::move(plan), stream, out, options);
}

ImportReport stream_data_set(ImportPlan plan, const ClipStreamer& stream, const std::filesystem::path& out,
                             const ImportOptions& options) {
  plan_trims(plan, options.trims);
  collapse_into_unknown(plan, options.unknown);
  if (options.limit > 0) keep_at_most(options.limit, options.seed, plan.clips);
  if (!plan.keep_empty_labels) drop_labels_without_files(plan);
  const std::vector<ClipPlan> backgrounds = plan_backgrounds(plan, options);
  if (!backgrounds.empty()) leave_published_classes(plan);
  plan.labels = checked_class_names(plan.labels, plan.name_remedy);
  DataSetWriter writer(out, options.existing);
  ImportReport report{.clips = 0,
                      .labels = plan.labels,
                      .skipped = std::move(plan.skipped),
                      .warnings = std::move(plan.warnings),
                      .notes = std::move(plan.notes),
                      .image = plan.image,
                      .features = plan.features,
                      .hash = {}};
  std::vector<ClipsOfParts> clip_count(plan.labels.size());
  SoundWarnings sound(options.sample_rate_hz, options.window_samples, plan.labels.size());
  TrimLengths trimmed(plan.labels.size(), options.sample_rate_hz);
  const std::filesystem::path folder = out.has_parent_path() ? out.parent_path() : ".";

  ordered_parallel_for<Loaded>(
      plan.clips.size(), options.threads, kClipsAhead, kBytesAhead,
      [&](std::size_t i) {
        return load_or_explain(stream, plan.clips[i], folder, plan.kind() == InputKind::kSound, options.sample_rate_hz);
      },
      [](const Loaded& loaded) { return loaded.samples.memory_bytes(); },
      [&](std::size_t i, Loaded loaded) {
        const ClipInfo& info = plan.clips[i].info;
        if (!loaded.failure.empty()) {
          report.skipped.push_back({info.name, std::move(loaded.failure)});
        } else {
          writer.add(info, loaded.samples);
          if (plan.clips[i].trim_db) trimmed.add(info.label, loaded.samples.size());
          ++report.clips;
          ++clip_count[static_cast<std::size_t>(info.label)][info.fold];
          if (plan.kind() == InputKind::kSound) sound.add(info.name, info.label, loaded.levels, loaded.notes);
          for (std::string& warning : loaded.notes.warnings) report.warnings.push_back(std::move(warning));
        }
        if (options.progress) options.progress(i + 1, plan.clips.size() + backgrounds.size());
      });

  if (report.clips == 0) {
    throw Error("0 of {} files could be read, so {} was not written{}", report.skipped.size(), out.string(),
                first_skipped(report.skipped));
  }
  sound.append_to(report.warnings, report.labels);
  trimmed.append_to(report.notes, report.labels);
  if (!backgrounds.empty()) add_backgrounds(backgrounds, plan, options, folder, writer, report, clip_count);
  if (options.strict && !report.skipped.empty()) return report;
  warn_about_classes(clip_count, is_published_split(plan.format), report);
  const int rate = plan.kind() == InputKind::kSound ? options.sample_rate_hz : 0;
  report.hash = writer.finish(plan.format, rate, plan.labels, plan.image, plan.features);
  return report;
}

ImportReport decode_data_set(ImportPlan plan, const std::filesystem::path& out, const ImportOptions& options) {
  const auto stream = [&](const ClipPlan& clip, const SampleSink& sink) {
    AudioReader reader(clip.file, options.channel);
    return stream_clip(reader, clip.file.string(), options.sample_rate_hz, sink);
  };
  return stream_data_set(std::move(plan), stream, out, options);
}

}  // namespace stapes
