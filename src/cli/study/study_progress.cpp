// SPDX-License-Identifier: Apache-2.0
#include "cli/study/study_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <vector>

#include "cli/command.h"
#include "cli/progress.h"

namespace stapes::cli {
namespace {

struct Row {
  std::string name;
  std::array<int, 5> cells{};  // by CellState
};

std::vector<Row> rows_of(const StudyProgress& progress) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < progress.cells.size(); ++i) {
    const std::string name = series_name(progress.cells[i].id);
    auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.name == name; });
    if (row == rows.end()) row = rows.insert(rows.end(), {name, {}});
    ++row->cells[static_cast<std::size_t>(progress.states[i])];
  }
  return rows;
}

int number(const Row& row, CellState state) { return row.cells[static_cast<std::size_t>(state)]; }

}  // namespace

std::string progress_table(const std::string& name, const StudyProgress& progress) {
  const std::vector<Row> rows = rows_of(progress);
  std::size_t width = name.size() + 6;
  for (const Row& row : rows) width = std::max(width, row.name.size());
  std::string text =
      fmt::format("{:<{}} {:>6} {:>8} {:>6} {:>7}\n", "study " + name, width, "done", "running", "left", "failed");
  for (const Row& row : rows) {
    text += fmt::format("{:<{}} {:>6} {:>8} {:>6} {:>7}\n", row.name, width, number(row, CellState::kFinished),
                        number(row, CellState::kRunning),
                        number(row, CellState::kWaiting) + number(row, CellState::kQueued),
                        number(row, CellState::kFailed));
  }
  const std::string left =
      progress.seconds_left ? "about " + clock_time(*progress.seconds_left) + " left" : "time left unknown";
  return text + fmt::format("{} of {} cells done, {} elapsed, {}\n", progress.count(CellState::kFinished),
                            progress.cells.size(), clock_time(progress.seconds), left);
}

StudyPrinter::StudyPrinter(std::string name, bool quiet)
    : name_(std::move(name)), quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void StudyPrinter::erase() {
  const auto lines = std::count(drawn_.begin(), drawn_.end(), '\n');
  if (lines > 0) print_note(fmt::format("\033[{}A\033[J", lines));
  drawn_.clear();
}

void StudyPrinter::progress(const StudyProgress& progress) {
  if (quiet_ || !terminal_ || Clock::now() - drawn_at_ < std::chrono::milliseconds(500)) return;
  erase();
  drawn_ = progress_table(name_, progress);
  drawn_at_ = Clock::now();
  print_note(drawn_);
}

void StudyPrinter::message(const std::string& line) {
  if (quiet_) return;
  erase();
  drawn_at_ = {};
  print_note(line + "\n");
}

}  // namespace stapes::cli
