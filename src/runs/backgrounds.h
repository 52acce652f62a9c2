// SPDX-License-Identifier: Apache-2.0
// backgrounds.h: the clips of class `background` mixed under a run's samples (--background).
#pragma once

#include <cstddef>
#include <memory>

#include "data/background_mix.h"
#include "runs/held_out.h"
#include "runs/train_config.h"

namespace stapes {

// The clips point into `data`.
struct Backgrounds {
  std::shared_ptr<const DataSet> data;  // null: no backgrounds
  BackgroundMix mix;
  std::size_t held_out = 0, too_short = 0, silent = 0;  // clips not used

  double seconds() const;  // total length of the clips used
};

// Makes config.background absolute and sets its hash. Throws Error if it is not a data set.
void adopt_background(TrainConfig& config);

// Leaves out
//   - clips of the test fold and, if the run holds clips out, of the published validation part
//   - clips from a source in `clips.choosing` or `test`
//   - clips that are silent or shorter than the window.
// Throws Error if the data set has changed since the run started, is not sound, has another sample rate or no class
// `background`, or if no clip remains.
Backgrounds backgrounds_of(const TrainConfig& config, const DividedClips& clips, const ClipSet& test);

}  // namespace stapes
