// SPDX-License-Identifier: Apache-2.0
// clip_levels.h: measures the level of a clip.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace stapes {

inline constexpr double kQuietDbfs = -60;  // an RMS of 33

struct ClipLevels {
  std::size_t samples = 0;
  std::size_t full_scale = 0;  // samples at +32767 or -32768
  double dbfs = 0;             // RMS relative to full scale; -200 for silence
  bool silent = false;         // all samples are 0
  // 98 % of the samples lie within 2 of one value that is not near 0: a DC offset or a dead input. The other 2 % allow
  // for edge effects of resampling.
  bool constant = false;

  bool quiet() const { return !silent && dbfs < kQuietDbfs; }
};

class LevelMeter {
 public:
  void add(std::span<const std::int16_t> samples);
  ClipLevels levels() const;

 private:
  std::vector<std::uint32_t> histogram_ = std::vector<std::uint32_t>(65536);  // indexed by sample + 32768
};

}  // namespace stapes
