// SPDX-License-Identifier: Apache-2.0
// checkpoint_files.h: the paths of a run's checkpoints. The last two are kept: a kill, or a disk that damages the
// newest, costs one more epoch and not the run.
#pragma once

#include <filesystem>

namespace stapes {

struct CheckpointFiles {
  std::filesystem::path newest, previous;

  bool any() const { return std::filesystem::exists(newest) || std::filesystem::exists(previous); }
};

}  // namespace stapes
