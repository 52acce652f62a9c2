// SPDX-License-Identifier: Apache-2.0
#include "cli/listen_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <numeric>
#include <utility>

#include "base/text.h"
#include "cli/command.h"
#include "cli/progress.h"

namespace stapes::cli {
namespace {

constexpr double kQuietestDb = -60;
constexpr std::size_t kShownClasses = 3;

}  // namespace

std::string time_text(double seconds) {
  const auto ms = static_cast<long long>(std::llround(seconds * 1000));
  return fmt::format("{}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

std::string wall_clock() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t whole = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  ::localtime_r(&whole, &local);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}", local.tm_year + 1900, local.tm_mon + 1, local.tm_mday,
                     local.tm_hour, local.tm_min, local.tm_sec, ms);
}

std::string level_text(const Listener::Level& level, const Detector& detector) {
  const double db = level.power > 0 ? std::max(kQuietestDb, 10 * std::log10(level.power)) : kQuietestDb;
  std::string text = fmt::format("{:5.1f} dB {}{}", db, progress_bar(static_cast<std::size_t>(db - kQuietestDb), 60),
                                 level.peak >= 1 ? " CLIPPED" : "");
  std::vector<int> classes(static_cast<std::size_t>(detector.class_count()));
  std::iota(classes.begin(), classes.end(), 0);
  const std::size_t shown = std::min(kShownClasses, classes.size());
  std::partial_sort(classes.begin(), classes.begin() + static_cast<std::ptrdiff_t>(shown), classes.end(),
                    [&](int a, int b) { return detector.mean(a) > detector.mean(b); });
  for (std::size_t i = 0; i < shown; ++i) {
    text += fmt::format("  {} {:.2f}", printable(detector.label(classes[i])), detector.mean(classes[i]));
  }
  return text;
}

LevelLine::LevelLine(const Detector& detector, bool enabled)
    : detector_(detector), enabled_(enabled && ::isatty(STDERR_FILENO) == 1) {}

bool LevelLine::is_due() { return enabled_ && Clock::now() - last_ >= std::chrono::milliseconds(100); }

void LevelLine::show(const Listener::Level& level) {
  last_ = Clock::now();
  drawn_ = true;
  print_note("\r\x1b[K" + level_text(level, detector_));
  std::fflush(stderr);
}

void LevelLine::clear() {
  if (!std::exchange(drawn_, false)) return;
  print_note("\r\x1b[K");
  std::fflush(stderr);
}

}  // namespace stapes::cli
