// SPDX-License-Identifier: Apache-2.0
#include "spotting/replay.h"

#include <algorithm>

namespace stapes {

std::vector<ReplayedDetection> replay(const ScoreTrack& track, const DetectorRules& rules,
                                      std::span<const std::uint16_t> thresholds) {
  const auto classes = static_cast<std::size_t>(track.classes);
  std::vector<std::uint8_t> history(classes * static_cast<std::size_t>(rules.average_windows)), spent(classes);
  std::vector<std::uint16_t> sums(classes);
  std::int32_t filled = 0, next = 0, quiet = 0;
  const DetectorMemory memory{rules,       track.classes, thresholds.data(),    history.data(),
                              sums.data(), spent.data(),  {filled, next, quiet}};
  begin_detector(memory);
  std::vector<ReplayedDetection> detections;
  for (std::size_t w = 0; w < track.windows(); ++w) {
    std::uint8_t* const row = next_history_row(memory);
    std::copy_n(track.probabilities.begin() + static_cast<std::ptrdiff_t>(w * classes), classes, row);
    const std::int32_t found = detect(memory, row, track.loud[w] != 0);
    if (found >= 0) detections.push_back({w, found});
  }
  return detections;
}

}  // namespace stapes
