// SPDX-License-Identifier: Apache-2.0
// cell_commands.h: the commands that make a cell's model, as argument lists of `stapes`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "study/results/study_folder.h"

namespace stapes {

using Arguments = std::vector<std::string>;

// What is left to do in the folder: nothing where the model is there, `train --resume` where training was cut short.
struct CellCommands {
  Arguments train;  // empty: nothing to train, or done
  Arguments pack;   // `pack` or `quantize`; empty: done
};

CellCommands commands_left(const std::filesystem::path& results, const Cell& cell, const StudyData& data, int threads);

// All of them, as one would type them: the results folder is called RESULTS, the data set by its file's name.
std::vector<std::string> commands_to_show(const std::filesystem::path& results, const Cell& cell, const StudyData& data,
                                          int threads);

}  // namespace stapes
