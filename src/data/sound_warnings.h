// SPDX-License-Identifier: Apache-2.0
// sound_warnings.h: warns about clips with nothing to learn from, in the same words in import and `data info`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "audio/load_clip.h"
#include "data/clip_levels.h"

namespace stapes {

// "3 clips are silent: a, b, c"; at most five names, followed by `advice`. Nothing if there are no items.
void warn(std::vector<std::string>& warnings, std::string_view what, const std::vector<std::string>& items,
          std::string_view advice = {});

inline constexpr double kMuchLostInMixDb = 20;         // one of eight channels alone loses 18
inline constexpr double kMuchLostInResamplingDb = 10;  // nine tenths of the energy

class SoundWarnings {
 public:
  // window_samples: the default window of a network; 0: unknown, so no class is reported as too short.
  SoundWarnings(int sample_rate_hz, int window_samples, std::size_t classes);

  void add(std::string_view name, int label, const ClipLevels& levels);
  void add_loss(std::string_view name, const ClipNotes& notes);  // of a clip just read from its file
  void append_to(std::vector<std::string>& warnings, const std::vector<std::string>& labels) const;

 private:
  int sample_rate_hz_, window_samples_;
  int highest_rate_hz_ = 0;  // of the clips that lost much
  std::vector<std::string> silent_, constant_, quiet_, cancelled_, filtered_;
  std::vector<std::size_t> longest_of_class_;  // in samples; 0: no clip
};

}  // namespace stapes
