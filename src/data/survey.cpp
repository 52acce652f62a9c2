// SPDX-License-Identifier: Apache-2.0
#include "data/survey.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "base/parallel.h"
#include "data/sound_warnings.h"

namespace stapes {
namespace {

constexpr double kClippedClipShare = 0.01;

void count_sources(const DataSet& data, Survey& survey) {
  std::map<std::string_view, std::set<int>> folds_of_source;
  for (const ClipView& clip : data.clips()) folds_of_source[clip.source].insert(clip.fold);
  survey.sources = folds_of_source.size();
  for (const auto& [source, folds] : folds_of_source) {
    if (folds.size() < 2) continue;
    survey.straddling_sources.push_back(fmt::format("{} (folds {})", source, fmt::join(folds, ", ")));
  }
}

// Identical clips in several folds are also a leak.
void warn_about_duplicates(const DataSet& data, std::vector<std::string>& warnings) {
  std::map<std::pair<std::uint64_t, std::size_t>, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < data.clips().size(); ++i) {
    const ClipView& clip = data.clips()[i];
    groups[{data.clip_hash(i), clip.samples.size() + clip.features.size()}].push_back(i);
  }
  std::vector<std::string> inside, across;
  for (const auto& [key, members] : groups) {
    if (members.size() < 2) continue;
    std::set<int> folds;
    std::vector<std::string_view> names;
    for (const std::size_t i : members) {
      folds.insert(data.clips()[i].fold);
      names.push_back(data.clips()[i].name);
    }
    (folds.size() > 1 ? across : inside).push_back(fmt::format("{}", fmt::join(names, " = ")));
  }
  const std::string what = data.image()      ? " of images with the same pixels"
                           : data.features() ? " of clips with the same values"
                                             : " of clips with the same samples";
  const std::string leak = what + " in different folds (a leak)";
  warn(warnings, "set" + leak, "sets" + leak, across);
  warn(warnings, "set" + what, "sets" + what, inside);
}

void count_clips(const DataSet& data, Survey& survey) {
  std::map<int, std::set<std::string_view>> sources_of_fold;
  for (const ClipView& clip : data.clips()) sources_of_fold[clip.fold].insert(clip.source);
  std::map<int, std::size_t> place;
  for (const auto& [fold, sources] : sources_of_fold) {
    place[fold] = survey.folds.size();
    survey.folds.push_back({.fold = fold, .clips = 0, .sources = sources.size(), .seconds = 0});
  }
  for (const std::string& label : data.labels()) {
    survey.classes.push_back({.label = label, .clips = 0, .seconds = 0, .clips_per_fold = {}});
    survey.classes.back().clips_per_fold.resize(survey.folds.size());
  }
  for (const ClipView& clip : data.clips()) {
    const bool sound = data.kind() == InputKind::kSound;
    const double seconds = !sound ? 0 : static_cast<double>(clip.samples.size()) / data.sample_rate_hz();
    ClassSurvey& of_class = survey.classes[static_cast<std::size_t>(clip.label)];
    FoldSurvey& of_fold = survey.folds[place[clip.fold]];
    ++of_class.clips;
    ++of_class.clips_per_fold[place[clip.fold]];
    ++of_fold.clips;
    of_class.seconds += seconds;
    of_fold.seconds += seconds;
    survey.seconds += seconds;
  }
  survey.clips = data.clips().size();
}

void survey_loudness(const DataSet& data, int threads, int window_samples, Survey& survey) {
  std::vector<ClipLevels> levels(data.clips().size());
  parallel_for(levels.size(), threads, [&](std::size_t i) {
    LevelMeter meter;
    meter.add(data.clips()[i].samples);
    levels[i] = meter.levels();
  });
  std::size_t full_scale = 0, samples = 0;
  std::vector<std::string> clipped;
  SoundWarnings sound(data.sample_rate_hz(), window_samples, data.labels().size());
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const ClipView& clip = data.clips()[i];
    full_scale += levels[i].full_scale;
    samples += levels[i].samples;
    sound.add(clip.name, clip.label, levels[i]);
    const double share = static_cast<double>(levels[i].full_scale) / static_cast<double>(levels[i].samples);
    if (share > kClippedClipShare) clipped.push_back(fmt::format("{} ({:.1f} %)", clip.name, 100 * share));
  }
  survey.clipped_share = samples == 0 ? 0 : static_cast<double>(full_scale) / static_cast<double>(samples);
  sound.append_to(survey.warnings, data.labels());
  warn(survey.warnings, "clip with more than 1 % of its samples at full scale (clipped)",
       "clips with more than 1 % of their samples at full scale (clipped)", clipped);
}

}  // namespace

Survey survey_data_set(const DataSet& data, int threads, int window_samples) {
  data.check_samples(threads);
  Survey survey{.format = data.format(),
                .hash = data.hash(),
                .sample_rate_hz = data.sample_rate_hz(),
                .kind = data.kind(),
                .image = data.image(),
                .features = data.features(),
                .published_split = data.published_split(),
                .clips = 0,
                .sources = 0,
                .straddling_sources = {},
                .seconds = 0,
                .clipped_share = 0,
                .classes = {},
                .folds = {},
                .warnings = {}};
  count_clips(data, survey);
  count_sources(data, survey);

  const std::string leak =
      data.kind() != InputKind::kSound
          ? " in more than one fold (a leak: the network would be tested on sources it was trained on)"
          : " in more than one fold (a leak: the network would be tested on recordings it was trained on)";
  warn(survey.warnings, "source" + leak, "sources" + leak, survey.straddling_sources);
  warn_about_duplicates(data, survey.warnings);
  if (data.kind() == InputKind::kSound) survey_loudness(data, threads, window_samples, survey);
  std::vector<std::string> single;
  for (const ClassSurvey& c : survey.classes) {
    if (c.clips < 2) single.push_back(fmt::format("{} ({})", c.label, c.clips));
  }
  const char* items = data.image() ? "images" : "clips";
  warn(survey.warnings, fmt::format("class with fewer than two {}", items),
       fmt::format("classes with fewer than two {}", items), single);
  return survey;
}

}  // namespace stapes
