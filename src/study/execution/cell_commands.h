// SPDX-License-Identifier: Apache-2.0
// cell_commands.h: the commands that make a cell's model, as `stapes` argument lists.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "study/results/study_folder.h"

namespace stapes {

using Arguments = std::vector<std::string>;

// Commands still to run: none if the model exists, `train --resume` if training was interrupted.
struct CellCommands {
  Arguments train;  // empty: nothing to train, or already trained
  Arguments pack;   // `pack` or `quantize`; empty: done
};

CellCommands commands_left(const std::filesystem::path& results, const Cell& cell, const StudyData& data, int threads);

// All commands as a user types them, with RESULTS for the results folder and the data set's file name.
std::vector<std::string> commands_to_show(const std::filesystem::path& results, const Cell& cell, const StudyData& data,
                                          int threads);

}  // namespace stapes
