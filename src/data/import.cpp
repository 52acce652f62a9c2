#include "data/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "audio/load_clip.h"
#include "base/error.h"
#include "data/ordered_work.h"

namespace stapes {
namespace {

constexpr std::size_t kClipsAhead = 64;
constexpr std::size_t kBytesAhead = std::size_t{256} << 20;

struct Loaded {
  std::vector<std::int16_t> samples;
  std::string failure;  // why there are none
};

Loaded load_or_explain(const ClipLoader& load, const ClipPlan& clip, std::size_t index) {
  try {
    return {.samples = load(clip, index), .failure = {}};
  } catch (const Error& error) {
    return {.samples = {}, .failure = error.what()};
  }
}

// Labels that got no clip are dropped before anything is written, so their numbers must be known by then: labels are
// renumbered in the plan for what the plan lacks, and reported for what could not be read.
std::vector<std::string> drop_labels_without_files(ImportPlan& plan) {
  std::vector<int> renumbered(plan.labels.size(), -1);
  for (const ClipPlan& clip : plan.clips) renumbered[static_cast<std::size_t>(clip.info.label)] = 0;
  std::vector<std::string> kept, warnings;
  for (std::size_t i = 0; i < renumbered.size(); ++i) {
    if (renumbered[i] < 0) {
      warnings.push_back(fmt::format("class {} has no file: left out", plan.labels[i]));
      continue;
    }
    renumbered[i] = static_cast<int>(kept.size());
    kept.push_back(std::move(plan.labels[i]));
  }
  for (ClipPlan& clip : plan.clips) clip.info.label = renumbered[static_cast<std::size_t>(clip.info.label)];
  plan.labels = std::move(kept);
  return warnings;
}

void warn_about_classes(const std::vector<std::size_t>& clip_count, ImportReport& report) {
  for (std::size_t i = 0; i < clip_count.size(); ++i) {
    if (clip_count[i] == 0) report.warnings.push_back(fmt::format("class {} has no readable clip", report.labels[i]));
    if (clip_count[i] == 1) {
      report.warnings.push_back(
          fmt::format("class {} has one clip: it cannot be in training and in the test at once", report.labels[i]));
    }
  }
}

}  // namespace

ImportReport write_data_set(ImportPlan plan, const ClipLoader& load, const std::filesystem::path& out,
                            const ImportOptions& options) {
  std::vector<std::string> dropped;
  if (!plan.keep_empty_labels) dropped = drop_labels_without_files(plan);
  DataSetWriter writer(out, options.existing);
  ImportReport report{.clips = 0,
                      .labels = plan.labels,
                      .skipped = std::move(plan.skipped),
                      .warnings = std::move(dropped),
                      .hash = {}};
  std::vector<std::size_t> clip_count(plan.labels.size());

  ordered_parallel_for<Loaded>(
      plan.clips.size(), options.threads, kClipsAhead, kBytesAhead,
      [&](std::size_t i) { return load_or_explain(load, plan.clips[i], i); },
      [](const Loaded& loaded) { return loaded.samples.size() * sizeof(std::int16_t); },
      [&](std::size_t i, Loaded loaded) {
        const ClipInfo& info = plan.clips[i].info;
        if (!loaded.failure.empty()) {
          report.skipped.push_back({info.name, std::move(loaded.failure)});
        } else {
          writer.add(info, loaded.samples);
          ++report.clips;
          ++clip_count[static_cast<std::size_t>(info.label)];
          if (std::all_of(loaded.samples.begin(), loaded.samples.end(), [](std::int16_t x) { return x == 0; })) {
            report.warnings.push_back(fmt::format("clip {} is silent: all its samples are 0", info.name));
          }
        }
        if (options.progress) options.progress(i + 1, plan.clips.size());
      });

  if (report.clips == 0) {
    throw Error("none of {} files could be read, so {} was not written{}", report.skipped.size(), out.string(),
                report.skipped.empty() ? "" : "; the first: " + report.skipped.front().reason);
  }
  warn_about_classes(clip_count, report);
  report.hash = writer.finish(plan.format, options.sample_rate_hz, plan.labels);
  return report;
}

ImportReport decode_data_set(ImportPlan plan, const std::filesystem::path& out, const ImportOptions& options) {
  const auto load = [&](const ClipPlan& clip, std::size_t) { return load_clip(clip.file, options.sample_rate_hz); };
  return write_data_set(std::move(plan), load, out, options);
}

}  // namespace stapes
