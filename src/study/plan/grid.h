// SPDX-License-Identifier: Apache-2.0
// grid.h: the cells of a plan, on a data set.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "data/data_set.h"
#include "study/plan/cell.h"
#include "study/plan/plan.h"

namespace stapes {

// What a data set means to a study.
struct StudyData {
  std::filesystem::path path;  // absolute
  std::string hash;
  InputKind kind = InputKind::kSound;
};

// One process runs it (study/execution/run_cell.h), from its cell.json alone.
struct Cell {
  CellId id;
  std::string folder;  // name under cells/: what is in it can be told from the name, and two recipes never share one
  Form form = Form::kFp32;
  std::string model;                      // as --model takes it
  std::string start, teacher;             // folders of the cells it is made from; empty = none
  std::string flash_like;                 // folder of the cell whose file size is the pruning budget; empty = none
  bool averaged = false;                  // pack the averaged weights, not those of the last epoch
  std::vector<std::string> training;      // arguments of the command that trains it: "train" or "prune", without paths,
                                          // seed and threads; empty: it is not trained
  std::vector<std::string> quantization;  // options of "quantize"
  std::vector<std::string> targets;
  int epochs = 0, published_epochs = 0;  // epochs with those of its start
  double work = 0;                       // a measure of its training: epochs x clips x MACs
};

// Folders of the cells that must be finished before `cell` starts.
std::vector<std::string> parents_of(const Cell& cell);

void refuse_features(const DataSet& data);  // throws UsageError

// In the order of running: classes, folds, seeds, routes; parents before children. Throws UsageError naming a class
// subset or fold that the data lacks, and what else does not fit them; for features; when two cells would write one
// folder.
std::vector<Cell> grid_of(const StudyPlan& plan, const DataSet& data);

nlohmann::json to_json(const Cell& cell);
Cell cell_from_json(const nlohmann::json& json, const std::string& where);  // throws Error

nlohmann::json to_json(const CellId& id);
CellId cell_id_from_json(const nlohmann::json& json);  // throws nlohmann::json::exception

}  // namespace stapes
