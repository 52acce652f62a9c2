// SPDX-License-Identifier: Apache-2.0
// cell.h: one model of a study, made by one route for one choice of classes and tested on one fold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stapes {

// Position in the grid, unique within a plan.
struct CellId {
  std::string classes;  // value of --classes: "esc10"
  int class_count = 0;
  int fold = 0;
  std::uint64_t seed = 1;
  std::string network;  // names from the plan
  std::string route;

  bool operator==(const CellId&) const = default;
};

// "esc10, fold 1, seed 1, micro xnor"
std::string describe(const CellId& id);

// The name of the cell's series, which is one curve over class counts.
std::string series_name(const CellId& id);  // "micro xnor"

}  // namespace stapes
