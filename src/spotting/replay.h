// SPDX-License-Identifier: Apache-2.0
// replay.h: recomputes the detections in a scored sound, with the same rules as kernels/detector.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/detector/detector.h"
#include "spotting/score_track.h"

namespace stapes {

struct ReplayedDetection {
  std::size_t window;
  int class_index;
  bool operator==(const ReplayedDetection&) const = default;
};

// `thresholds`: [classes].
std::vector<ReplayedDetection> replay(const ScoreTrack& track, const DetectorRules& rules,
                                      std::span<const std::uint16_t> thresholds);

}  // namespace stapes
