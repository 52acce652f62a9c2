// SPDX-License-Identifier: Apache-2.0
#include "runs/backgrounds.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include "base/error.h"
#include "data/class_names.h"

namespace stapes {
namespace {

int background_label(const DataSet& data, const TrainConfig& config) {
  const auto found = std::ranges::find_if(data.labels(), is_background_class);
  if (found != data.labels().end()) return static_cast<int>(found - data.labels().begin());
  throw Error(
      "--background {} has no class '{}'; import recordings without events with `stapes data import --background`, or "
      "from a class folder called {}",
      config.background, kBackgroundClass, kBackgroundClass);
}

void check_data(const DataSet& data, const TrainConfig& config) {
  if (data.hash() != config.background_hash) {
    throw Error("{} has changed since the run began (hash {} instead of {}); restore it, or train again with --force",
                config.background, data.hash(), config.background_hash);
  }
  if (data.kind() != InputKind::kSound) {
    throw Error("--background {} holds {}; expected sound", config.background, plural_of(data.kind()));
  }
  const int rate = sample_rate_hz(config.spec.input);
  if (data.sample_rate_hz() == rate) return;
  throw Error("--background {} is at {} Hz, but the run is at {} Hz; import it again with --sample-rate {}",
              config.background, data.sample_rate_hz(), rate, rate);
}

std::set<std::string_view> sources_of(const ClipSet& first, const ClipSet& second) {
  std::set<std::string_view> sources;
  for (const ClipSet* set : {&first, &second}) {
    for (const ClipView& clip : set->clips) sources.insert(clip.source);
  }
  return sources;
}

void refuse_none(const Backgrounds& backgrounds, const TrainConfig& config) {
  if (!backgrounds.mix.empty()) return;
  const int window = input_values(config.spec.input);
  throw Error(
      "--background {}: no usable clips of '{}': {} held out (test fold {}, or sources of test or validation clips), "
      "{} shorter than the window of {} samples, {} silent; add recordings, or import the recordings again with a "
      "longer --background-piece",
      config.background, kBackgroundClass, backgrounds.held_out, config.fold, backgrounds.too_short, window,
      backgrounds.silent);
}

}  // namespace

double Backgrounds::seconds() const {
  double samples = 0;
  for (const ClipView& clip : mix.clips.clips) samples += static_cast<double>(clip.samples.size());
  return mix.empty() ? 0 : samples / mix.clips.sample_rate_hz;
}

void adopt_background(TrainConfig& config) {
  config.background = std::filesystem::absolute(config.background).lexically_normal().string();
  config.background_hash = DataSet(config.background).hash();
}

Backgrounds backgrounds_of(const TrainConfig& config, const DividedClips& clips, const ClipSet& test) {
  Backgrounds result;
  if (config.background.empty()) return result;
  result.data = std::make_shared<const DataSet>(config.background);
  const DataSet& data = *result.data;
  check_data(data, config);
  const int label = background_label(data, config);
  const std::set<std::string_view> held_out = sources_of(clips.choosing, test);
  const bool without_validation_part = data.published_split() && holds_out(config.select);
  BackgroundMix& mix = result.mix;
  mix = {.clips = {.clips = {},
                   .labels = {std::string(kBackgroundClass)},
                   .sample_rate_hz = data.sample_rate_hz(),
                   .published_split = data.published_split()},
         .min_snr_db = config.snr_db.at(0),
         .max_snr_db = config.snr_db.at(1),
         .share = config.background_share};
  for (const ClipView& clip : data.clips()) {
    if (clip.label != label) continue;
    if (clip.fold == config.fold || (without_validation_part && clip.fold == kValidationPart) ||
        held_out.contains(clip.source)) {
      ++result.held_out;
    } else if (clip.samples.size() < static_cast<std::size_t>(input_values(config.spec.input))) {
      ++result.too_short;
    } else if (std::ranges::all_of(clip.samples, [](std::int16_t sample) { return sample == 0; })) {
      ++result.silent;
    } else {
      mix.clips.clips.push_back(clip);
      mix.clips.clips.back().label = 0;
    }
  }
  refuse_none(result, config);
  return result;
}

}  // namespace stapes
