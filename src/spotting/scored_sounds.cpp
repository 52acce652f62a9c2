// SPDX-License-Identifier: Apache-2.0
#include "spotting/scored_sounds.h"

#include <algorithm>

#include "base/error.h"
#include "base/names.h"
#include "spotting/events_file.h"

namespace stapes {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> labels_of(HostDetector& detector) {
  std::vector<std::string> labels;
  for (int c = 0; c < detector->class_count(); ++c) labels.emplace_back(detector->label(c));
  return labels;
}

}  // namespace

fs::path events_file_of(const fs::path& recording) {
  const fs::path csv = fs::path(recording).replace_extension(".csv"),
                 txt = fs::path(recording).replace_extension(".txt");
  const bool has_csv = fs::exists(csv), has_txt = fs::exists(txt);
  if (has_csv && has_txt) throw Error("both {} and {} exist; choose one with --events", csv.string(), txt.string());
  if (!has_csv && !has_txt) {
    throw Error(
        "{} has no events: neither {} nor {} exists; name the file with --events, or use --background for sound "
        "without events",
        recording.string(), csv.filename().string(), txt.filename().string());
  }
  return has_csv ? csv : txt;
}

std::vector<bool> wanted_classes(HostDetector& detector, const std::vector<std::string>& names) {
  const std::vector<std::string> labels = labels_of(detector);
  std::vector<bool> wanted(labels.size());
  for (std::size_t c = 0; c < labels.size(); ++c) {
    wanted[c] = names.empty() && detector->threshold(static_cast<int>(c)) != Detector::kNever;
  }
  for (const std::string& name : names) {
    const auto found = std::ranges::find(labels, name);
    if (found == labels.end()) refuse_unknown_name("class", name, labels);
    wanted[static_cast<std::size_t>(found - labels.begin())] = true;
  }
  if (std::ranges::none_of(wanted, [](bool w) { return w; })) {
    throw UsageError("all thresholds are off, so nothing can be detected; choose classes with --class");
  }
  return wanted;
}

SoundScorer::SoundScorer(HostDetector& detector, std::vector<bool> is_wanted, Channel channel)
    : detector_(detector), is_wanted_(std::move(is_wanted)), channel_(channel), labels_(labels_of(detector)) {}

std::vector<WantedEvent> SoundScorer::wanted(const std::vector<PlacedClip>& sounds) const {
  std::vector<WantedEvent> events;
  for (const PlacedClip& sound : sounds) {
    const auto found = std::ranges::find(labels_, sound.label);
    const auto c = static_cast<std::size_t>(found - labels_.begin());
    if (found != labels_.end() && is_wanted_[c]) events.push_back({sound.start_s, sound.end_s, static_cast<int>(c)});
  }
  return events;
}

ScoredRecording SoundScorer::recording(const fs::path& sound, const fs::path& events) {
  const std::vector<SoundEvent> read = read_events(events);
  FileSource source(sound, channel_);
  ScoredRecording scored{score_sound(detector_, source, sound.string()), {}};
  check_events(read, scored.track.seconds(), labels_, events.string());
  std::vector<PlacedClip> sounds;
  for (const SoundEvent& event : read) sounds.push_back({event.start_s, event.end_s, event.label});
  scored.events = wanted(sounds);
  return scored;
}

ScoredRecording SoundScorer::background(const fs::path& sound) {
  FileSource source(sound, channel_);
  return {score_sound(detector_, source, sound.string()), {}};
}

SoundScorer::Composition SoundScorer::composition(const std::vector<fs::path>& backgrounds, const ClipSet& clips,
                                                  const CompositionOptions& options) {
  if (clips.kind() != InputKind::kSound) {
    throw Error("the data set holds {}; expected sound to mix into backgrounds", plural_of(clips.kind()));
  }
  if (clips.sample_rate_hz != detector_.sample_rate_hz()) {
    throw Error("the data set is at {} Hz, but the model takes {} Hz; import the data with --sample-rate {}",
                clips.sample_rate_hz, detector_.sample_rate_hz(), detector_.sample_rate_hz());
  }
  const auto is_event = [&](const ClipView& clip) {
    return !wanted({{0, 0, clips.labels[static_cast<std::size_t>(clip.label)]}}).empty();
  };
  if (std::ranges::none_of(clips.clips, is_event)) {
    std::vector<std::string> names;
    for (std::size_t c = 0; c < labels_.size(); ++c) {
      if (is_wanted_[c]) names.push_back(labels_[c]);
    }
    throw Error("the data set has no clips of the classes to detect: {}", alternatives(names));
  }
  Composition made;
  ClipDeal deal(clips, options);
  for (std::uint32_t number = 0; const fs::path& background : backgrounds) {
    ComposedSound sound(std::make_unique<FileSource>(background, channel_), deal, clips.sample_rate_hz, options,
                        number++);
    ScoredRecording scored{score_sound(detector_, sound, background.string()), {}};
    scored.events = wanted(sound.placed());
    made.placed += sound.placed().size();
    made.recordings.push_back(std::move(scored));
  }
  made.left_out = deal.left();
  return made;
}

}  // namespace stapes
