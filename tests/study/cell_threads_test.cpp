// SPDX-License-Identifier: Apache-2.0
#include "study/plan/cell_threads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace stapes {
namespace {

using testing::Each;
using testing::ElementsAre;

Cell cell(const std::string& folder, double work, const std::string& start = "", const std::string& teacher = "") {
  Cell cell;
  cell.folder = folder;
  cell.work = work;
  cell.start = start;
  cell.teacher = teacher;
  return cell;
}

// A parent and two children that can run concurrently, a long and a short one.
std::vector<Cell> family(const std::string& name) {
  return {cell(name + "fp32", 40), cell(name + "xnor", 60, name + "fp32", name + "fp32"),
          cell(name + "int8", 15, name + "fp32")};
}

std::vector<Cell> two_folds() {
  std::vector<Cell> cells = family("a-");
  for (const Cell& cell : family("b-")) cells.push_back(cell);
  return cells;
}

TEST(ThreadsOfCells, GiveAllCoresToEveryCellOfAChain) {
  std::vector<Cell> chain = {cell("a", 1), cell("b", 9, "a"), cell("c", 2, "b")};
  EXPECT_THAT(threads_of_cells(chain, 4, 4), Each(4));
  chain.push_back(cell("d", 3));
  chain.back().flash_like = "c";
  EXPECT_THAT(threads_of_cells(chain, 4, 4), Each(4));
}

TEST(ThreadsOfCells, DivideTheCoresAmongSiblingsOfEqualWork) {
  const std::vector<Cell> fork = {cell("a", 1), cell("b", 2, "a"), cell("c", 2, "a")};
  EXPECT_THAT(threads_of_cells(fork, 2, 2), ElementsAre(2, 1, 1));
  EXPECT_THAT(threads_of_cells(fork, 16, 16), ElementsAre(16, 8, 8));
  EXPECT_THAT(threads_of_cells(fork, 1, 1), Each(1));
}

TEST(ThreadsOfCells, HoldNoCoreBackForAShortSibling) {
  EXPECT_THAT(threads_of_cells(family(""), 2, 2), ElementsAre(2, 2, 1));
  const std::vector<Cell> quantized = {cell("a", 1), cell("b", 1, "a"), cell("c", 0, "a")};
  EXPECT_THAT(threads_of_cells(quantized, 4, 4), ElementsAre(4, 4, 2));
}

TEST(ThreadsOfCells, GiveEachCellOneWhereThereAreMoreCellsThanCores) {
  EXPECT_THAT(threads_of_cells(two_folds(), 2, 2), Each(1));
  std::vector<Cell> many;
  for (int i = 0; i < 20; ++i) many.push_back(cell(std::to_string(i), i));
  EXPECT_THAT(threads_of_cells(many, 4, 4), Each(1));
}

TEST(ThreadsOfCells, CountNoMoreCellsAtOnceThanThereAreProcesses) {
  EXPECT_THAT(threads_of_cells(two_folds(), 8, 1), Each(8));
  EXPECT_THAT(threads_of_cells(two_folds(), 8, 2), Each(4));
}

// A resumed study computes thread counts from all cells of the plan.
TEST(ThreadsOfCells, DoNotDependOnTheOrderOfTheCells) {
  std::vector<Cell> backward = two_folds();
  std::reverse(backward.begin(), backward.end());
  std::vector<int> threads = threads_of_cells(backward, 16, 16);
  std::reverse(threads.begin(), threads.end());
  EXPECT_EQ(threads, threads_of_cells(two_folds(), 16, 16));
}

}  // namespace
}  // namespace stapes
