// SPDX-License-Identifier: Apache-2.0
// sound_warnings.h: warnings about unusable clips.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "audio/load_clip.h"
#include "data/clip_levels.h"

namespace stapes {

// Adds "3 MANY: a, b, c; ADVICE", or "1 ONE: ..." for a single item. Names at most five items. Adds nothing if there
// are none.
void warn(std::vector<std::string>& warnings, std::string_view one, std::string_view many,
          const std::vector<std::string>& items, std::string_view advice = {});

inline constexpr double kMuchLostInMixDb = 20;         // sound in only one of eight channels loses 18 dB
inline constexpr double kMuchLostInResamplingDb = 10;  // nine tenths of the energy

class SoundWarnings {
 public:
  // window_samples: a network's default window; 0 = unknown, and no class is reported as too short.
  SoundWarnings(int sample_rate_hz, int window_samples, std::size_t classes);

  void add(std::string_view name, int label, const ClipLevels& levels);
  // For a clip just read: also reports losses and a constant value before resampling.
  void add(std::string_view name, int label, ClipLevels levels, const ClipNotes& notes);
  void append_to(std::vector<std::string>& warnings, const std::vector<std::string>& labels) const;

 private:
  void add_losses(std::string_view name, const ClipNotes& notes);

  int sample_rate_hz_, window_samples_;
  int highest_rate_hz_ = 0;  // of the clips with large losses
  std::vector<std::string> silent_, constant_, quiet_, cancelled_, filtered_;
  std::vector<std::size_t> longest_of_class_;  // in samples; 0: no clip
};

}  // namespace stapes
