// SPDX-License-Identifier: Apache-2.0
#include "data/survey.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "base/parallel.h"

namespace stapes {
namespace {

constexpr std::size_t kNamedInAWarning = 5;
constexpr double kClippedClipShare = 0.01;

struct ClipFacts {
  std::size_t full_scale = 0;
  bool silent = true;
};

ClipFacts look_at(std::span<const std::int16_t> samples) {
  ClipFacts facts;
  for (const std::int16_t x : samples) {
    facts.full_scale += x == 32767 || x == -32768;
    facts.silent = facts.silent && x == 0;
  }
  return facts;
}

// "3 clips are silent: a, b, c"; at most five names.
void warn(std::vector<std::string>& warnings, std::string_view what, const std::vector<std::string>& items) {
  if (items.empty()) return;
  const std::size_t shown = std::min(items.size(), kNamedInAWarning);
  std::string line = fmt::format("{} {}: {}", items.size(), what,
                                 fmt::join(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < items.size()) line += ", ...";
  warnings.push_back(std::move(line));
}

void count_sources(const DataSet& data, Survey& survey) {
  std::map<std::string_view, std::set<int>> folds_of_source;
  for (const ClipView& clip : data.clips()) folds_of_source[clip.source].insert(clip.fold);
  survey.sources = folds_of_source.size();
  for (const auto& [source, folds] : folds_of_source) {
    if (folds.size() < 2) continue;
    survey.straddling_sources.push_back(fmt::format("{} (folds {})", source, fmt::join(folds, ", ")));
  }
}

// Groups of clips with the same samples; those across folds are leaks too.
void warn_about_duplicates(const DataSet& data, std::vector<std::string>& warnings) {
  std::map<std::pair<std::uint64_t, std::size_t>, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < data.clips().size(); ++i) {
    groups[{data.clip_hash(i), data.clips()[i].samples.size()}].push_back(i);
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
  const std::string what = data.image() ? "sets of images with the same pixels" : "sets of clips with the same samples";
  warn(warnings, what + " in different folds (a leak)", across);
  warn(warnings, what, inside);
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
    const double seconds = data.image() ? 0 : static_cast<double>(clip.samples.size()) / data.sample_rate_hz();
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

// Silence and clipping.
void survey_loudness(const DataSet& data, int threads, Survey& survey) {
  std::vector<ClipFacts> facts(data.clips().size());
  parallel_for(facts.size(), threads, [&](std::size_t i) { facts[i] = look_at(data.clips()[i].samples); });
  std::size_t full_scale = 0, samples = 0;
  std::vector<std::string> silent, clipped;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const ClipView& clip = data.clips()[i];
    full_scale += facts[i].full_scale;
    samples += clip.samples.size();
    const double share = static_cast<double>(facts[i].full_scale) / static_cast<double>(clip.samples.size());
    if (facts[i].silent) silent.emplace_back(clip.name);
    if (share > kClippedClipShare) clipped.push_back(fmt::format("{} ({:.1f} %)", clip.name, 100 * share));
  }
  survey.clipped_share = samples == 0 ? 0 : static_cast<double>(full_scale) / static_cast<double>(samples);
  warn(survey.warnings, "silent clips (all samples 0)", silent);
  warn(survey.warnings, "clips with more than 1 % of their samples at full scale (clipped)", clipped);
}

}  // namespace

Survey survey_data_set(const DataSet& data, int threads) {
  data.check_samples(threads);
  Survey survey{.format = data.format(),
                .hash = data.hash(),
                .sample_rate_hz = data.sample_rate_hz(),
                .image = data.image(),
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

  const char* leak = data.image() ? "sources in more than one fold (a leak: the test would see what training saw)"
                                  : "sources in more than one fold (a leak: the test would hear what training heard)";
  warn(survey.warnings, leak, survey.straddling_sources);
  warn_about_duplicates(data, survey.warnings);
  if (!data.image()) survey_loudness(data, threads, survey);
  std::vector<std::string> single;
  for (const ClassSurvey& c : survey.classes) {
    if (c.clips < 2) single.push_back(fmt::format("{} ({})", c.label, c.clips));
  }
  warn(survey.warnings, fmt::format("classes with fewer than two {}", data.image() ? "images" : "clips"), single);
  return survey;
}

}  // namespace stapes
