// SPDX-License-Identifier: Apache-2.0
// progress.h: a line on stderr with the progress of a long job.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace stapes::cli {

std::string clock_time(double seconds);                         // "0:07", "1:02:03"
std::string progress_bar(std::size_t done, std::size_t total);  // "[#####....]"

// "importing [#######.......]  812/2000  97.3 clips/s  0:12 left  note". Prints only if `enabled` and stderr is a
// terminal. Redraws at most ten times a second. finish() or the destructor removes the line. Use from one thread.
class Progress {
 public:
  Progress(std::string label, std::size_t total, bool enabled, std::string unit = "");
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::size_t done, std::string_view note = {});
  void finish();

 private:
  using Clock = std::chrono::steady_clock;

  std::string label_, unit_;
  std::size_t total_;
  bool shown_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point drawn_{};
};

// A job in stages. The line of a stage is removed when the stage ends.
class StageProgress {
 public:
  explicit StageProgress(bool enabled) : enabled_(enabled) {}

  void update(const std::string& stage, std::size_t done, std::size_t total);

 private:
  bool enabled_;
  std::string stage_;
  std::optional<Progress> line_;
};

// The line at `seconds` after the start, without escape codes.
std::string progress_line(std::string_view label, std::size_t done, std::size_t total, double seconds,
                          std::string_view unit, std::string_view note);

}  // namespace stapes::cli
