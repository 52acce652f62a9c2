// SPDX-License-Identifier: Apache-2.0
// grid.h: the cells of a plan on a data set.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "data/data_set.h"
#include "study/plan/cell.h"
#include "study/plan/plan.h"

namespace stapes {

struct StudyData {
  std::filesystem::path path;  // absolute
  std::string hash;
  InputKind kind = InputKind::kSound;
};

// Stored in cell.json for the process that runs the cell (study/execution/run_cell.h).
struct Cell {
  CellId id;
  std::string folder;  // name under cells/: readable, and unique to the recipe
  Form form = Form::kFp32;
  std::string model;           // value of --model
  std::string start, teacher;  // folders of its parents; empty = none
  std::string flash_like;      // folder of the cell that sets the pruning budget (file size); empty = none
  bool averaged = false;       // pack the averaged weights instead of the last epoch's
  // "train" or "prune" with options, but without data, parents, output, seed and threads. Empty: no training.
  std::vector<std::string> training;
  std::vector<std::string> quantization;  // options of "quantize"
  std::vector<std::string> targets;
  int epochs = 0, published_epochs = 0;  // epochs: including those of its starting model
  double work = 0;                       // relative training cost: epochs x clips x MACs
};

// Folders of the cells that must finish before `cell` starts.
std::vector<std::string> parents_of(const Cell& cell);

void refuse_features(const DataSet& data);  // throws UsageError

// In run order: by classes, folds, seeds and routes, parents first. Throws UsageError if the data are features, lack a
// class subset or fold, or do not suit the networks, and if two cells would share a folder.
std::vector<Cell> grid_of(const StudyPlan& plan, const DataSet& data);

nlohmann::json to_json(const Cell& cell);
Cell cell_from_json(const nlohmann::json& json, const std::string& where);  // throws Error

nlohmann::json to_json(const CellId& id);
CellId cell_id_from_json(const nlohmann::json& json);  // throws nlohmann::json::exception

}  // namespace stapes
