// SPDX-License-Identifier: Apache-2.0
// scored_sounds.h: scores recordings with events, backgrounds, and clips mixed into backgrounds.
#pragma once

#include <filesystem>
#include <vector>

#include "data/data_set.h"
#include "spotting/composed_sound.h"
#include "spotting/counting.h"

namespace stapes {

// The events of a recording NAME.wav: NAME.csv or NAME.txt. Throws Error unless exactly one exists.
std::filesystem::path events_file_of(const std::filesystem::path& recording);

// Whether each class's events count, [classes]. Empty `names`: all classes with a threshold. Throws UsageError for a
// class that the model lacks or if no class counts.
std::vector<bool> wanted_classes(HostDetector& detector, const std::vector<std::string>& names);

class SoundScorer {
 public:
  // Borrows the detector. `is_wanted`: [classes]; events of other classes count as background.
  SoundScorer(HostDetector& detector, std::vector<bool> is_wanted, Channel channel);

  // Throws Error naming the file if sound or events cannot be read or do not match.
  ScoredRecording recording(const std::filesystem::path& sound, const std::filesystem::path& events);
  ScoredRecording background(const std::filesystem::path& sound);

  // The backgrounds with clips mixed in. Clips of classes that are unwanted or that the model lacks count as
  // background. Throws Error if the clips' sample rate differs from the model's or no clip is of a wanted class.
  struct Composition {
    std::vector<ScoredRecording> recordings;
    std::size_t placed = 0, left_out = 0;  // clips
  };
  Composition composition(const std::vector<std::filesystem::path>& backgrounds, const ClipSet& clips,
                          const CompositionOptions& options);

 private:
  std::vector<WantedEvent> wanted(const std::vector<PlacedClip>& sounds) const;

  HostDetector& detector_;
  std::vector<bool> is_wanted_;
  Channel channel_;
  std::vector<std::string> labels_;
};

}  // namespace stapes
