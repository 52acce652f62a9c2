// SPDX-License-Identifier: Apache-2.0
// trim_clips.h: trims clips to their loud part (audio/loud_span.h).
#pragma once

#include <string>
#include <vector>

#include "data/formats/import.h"

namespace stapes {

// Sets ClipPlan::trim_db. A rule is DB for all classes or CLASS=DB, which takes precedence. A rule for `unknown` does
// not cover classes that are merged into it later. Throws UsageError for an unknown class, a level outside (0, 96] dB,
// a repeated rule, and clips that are not sound.
void plan_trims(ImportPlan& plan, const std::vector<std::string>& rules);

// The lengths of trimmed clips, by class.
class TrimLengths {
 public:
  TrimLengths(std::size_t classes, int sample_rate_hz) : seconds_(classes), sample_rate_hz_(sample_rate_hz) {}

  void add(int label, std::size_t samples) {
    seconds_[static_cast<std::size_t>(label)].push_back(static_cast<double>(samples) / sample_rate_hz_);
  }
  // "class yes: 40 clips trimmed to between 0.31 and 0.92 s, median 0.55 s"
  void append_to(std::vector<std::string>& notes, const std::vector<std::string>& labels) const;

 private:
  std::vector<std::vector<double>> seconds_;  // [class]
  int sample_rate_hz_;
};

}  // namespace stapes
