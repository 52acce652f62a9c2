// SPDX-License-Identifier: Apache-2.0
// listen_output.h: times and the level line of `stapes listen`.
#pragma once

#include <chrono>
#include <string>

#include "listen/listener.h"

namespace stapes::cli {

std::string time_text(double seconds);  // "0:01:02.340"
std::string wall_clock();               // "2026-11-28T21:05:17.123"

// "-23.4 dB [#####.....]  yes 0.93  no 0.05": the level and the three highest means.
std::string level_text(const Listener::Level& level, const Detector& detector);

// Draws level_text() ten times a second if stderr is a terminal.
class LevelLine {
 public:
  LevelLine(const Detector& detector, bool enabled);
  bool is_due();
  void show(const Listener::Level& level);
  void clear();  // call before other output

 private:
  using Clock = std::chrono::steady_clock;
  const Detector& detector_;
  bool enabled_, drawn_ = false;
  Clock::time_point last_{};
};

}  // namespace stapes::cli
