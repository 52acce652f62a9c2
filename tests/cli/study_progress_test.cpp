// SPDX-License-Identifier: Apache-2.0
#include "cli/study/study_progress.h"

#include <gtest/gtest.h>

namespace stapes::cli {
namespace {

Cell cell_of(const std::string& route, int fold) {
  Cell cell;
  cell.id = {"esc10", 10, fold, 1, "micro", route};
  return cell;
}

TEST(StudyProgressTable, CountsTheCellsOfEachSeriesAndSaysHowLong) {
  const std::vector<Cell> cells = {cell_of("fp32", 1), cell_of("fp32", 2), cell_of("xnor", 1), cell_of("xnor", 2)};
  const std::vector<CellState> states = {CellState::kFinished, CellState::kRunning, CellState::kFailed,
                                         CellState::kQueued};
  EXPECT_EQ(progress_table("small", {cells, states, 60, {}}),
            "study small   done  running   left  failed\n"
            "micro fp32       1        1      0       0\n"
            "micro xnor       0        0      1       1\n"
            "1 of 4 cells done, 1:00 elapsed, time left unknown\n");
  const std::string later = progress_table("small", {cells, states, 60, 3723});
  EXPECT_NE(later.find("about 1:02:03 left"), std::string::npos) << later;
}

}  // namespace
}  // namespace stapes::cli
