// SPDX-License-Identifier: Apache-2.0
// study_folder.h: the files of a study, for the code that writes them; study_results.h reads them for reports.
//
//   RESULTS/study.json    format, plan, cells, the data's name and hash
//   RESULTS/data.path     path of the data on this machine
//   RESULTS/lock          held by the running `stapes study`
//   RESULTS/slurm/        job arrays (slurm_executor.h)
//   RESULTS/cells/NAME/   one cell
//     cell.json           its definition (grid.h)
//     attempts            one line per started process
//     log                 output of the commands
//     run/                the run folder of its training
//     model.stapes        the packed model
//     result.json | failed.json
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "study/plan/grid.h"
#include "study/results/cell_result.h"

namespace stapes {

inline constexpr const char *kCells = "cells", *kStudyLock = "lock", *kSlurmFolder = "slurm";

class CellFolder {
 public:
  CellFolder(const std::filesystem::path& results, const std::string& name) : path_(results / kCells / name) {}

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path run() const { return path_ / "run"; }
  std::filesystem::path model() const { return path_ / "model.stapes"; }
  std::filesystem::path log() const { return path_ / "log"; }

  bool is_finished() const;  // has a result
  bool is_failed() const;
  bool is_training_begun() const;  // can be resumed
  int training_threads() const;    // of a training run that was started. Throws Error
  bool has_weights() const;        // for another cell to start or distill from
  CellResult result() const;       // throws Error if damaged or missing
  std::string failure() const;     // the reason, one line
  int attempts() const;

  Cell cell() const;  // throws Error
  void write_cell(const Cell& cell) const;
  void begin_attempt() const;
  void write_result(const CellResult& result) const;
  void write_failure(const std::string& reason) const;
  void forget_failure() const;    // and resets the count of attempts
  void set_result_aside() const;  // renames result.json to result.damaged

 private:
  std::filesystem::path path_;
};

InputKind kind_of_study(const nlohmann::json& study);  // from study.json

StudyData data_of_study(const std::filesystem::path& results);

// Creates or updates study.json. Throws Error if the folder holds a study with another name, format version or data.
void write_study(const std::filesystem::path& results, const StudyPlan& plan, const StudyData& data,
                 const std::vector<Cell>& cells);

// The part of the study that writing `path` would change, such as RESULTS/cells; empty if none.
std::filesystem::path part_of_study(const std::filesystem::path& path, const std::filesystem::path& results);

inline constexpr int kStudyFormat = 1;
inline constexpr const char* kStudyFile = "study.json";

// Reads study.json and checks its format. Throws Error.
nlohmann::json read_study_file(const std::filesystem::path& results);

}  // namespace stapes
