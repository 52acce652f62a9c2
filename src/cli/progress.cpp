// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "cli/command.h"

namespace stapes::cli {
namespace {

constexpr std::size_t kBarWidth = 24;
constexpr const char* kClearLine = "\r\x1b[K";

}  // namespace

std::string clock_time(double seconds) {
  const long long whole = static_cast<long long>(seconds + 0.5);
  const long long hours = whole / 3600, minutes = whole / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60)
                   : fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string progress_bar(std::size_t done, std::size_t total) {
  const std::size_t filled = total == 0 ? kBarWidth : std::min(done, total) * kBarWidth / total;
  return "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "]";
}

std::string progress_line(std::string_view label, std::size_t done, std::size_t total, double seconds,
                          std::string_view unit, std::string_view note) {
  std::string line = fmt::format("{} {} {}/{}", label, progress_bar(done, total), done, total);
  if (done > 0 && seconds > 0) {
    const double rate = static_cast<double>(done) / seconds;
    line += fmt::format("  {:.1f}{}{}/s", rate, unit.empty() ? "" : " ", unit);
    if (done < total) line += fmt::format("  {} left", clock_time(static_cast<double>(total - done) / rate));
  }
  if (!note.empty()) line += fmt::format("  {}", note);
  return line;
}

Progress::Progress(std::string label, std::size_t total, bool enabled, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      shown_(enabled && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { finish(); }

void Progress::update(std::size_t done, std::string_view note) {
  if (!shown_) return;
  const Clock::time_point now = Clock::now();
  if (now - drawn_ < std::chrono::milliseconds(100) && done < total_) return;
  drawn_ = now;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  print_note(fmt::format("{}{}", kClearLine, progress_line(label_, done, total_, seconds, unit_, note)));
  std::fflush(stderr);
}

void Progress::finish() {
  if (!std::exchange(shown_, false) || drawn_ == Clock::time_point{}) return;
  print_note(fmt::format("{}", kClearLine));
  std::fflush(stderr);
}

void StageProgress::update(const std::string& stage, std::size_t done, std::size_t total) {
  if (!line_ || stage != stage_) line_.emplace(stage, total, enabled_);
  stage_ = stage;
  line_->update(done);
  if (done >= total) line_.reset();
}

}  // namespace stapes::cli
