// SPDX-License-Identifier: Apache-2.0
// checkpoint_files.h: the paths of a run's last two checkpoints. If the newest is damaged, the run resumes from the
// previous one.
#pragma once

#include <filesystem>

namespace stapes {

struct CheckpointFiles {
  std::filesystem::path newest, previous;

  bool any() const { return std::filesystem::exists(newest) || std::filesystem::exists(previous); }
};

}  // namespace stapes
