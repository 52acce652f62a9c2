// SPDX-License-Identifier: Apache-2.0
// checkpoint_files.h: the paths of a run's checkpoints. The last two are kept: if a kill or a disk error damages the
// newest, the run resumes from the previous one.
#pragma once

#include <filesystem>

namespace stapes {

struct CheckpointFiles {
  std::filesystem::path newest, previous;

  bool any() const { return std::filesystem::exists(newest) || std::filesystem::exists(previous); }
};

}  // namespace stapes
