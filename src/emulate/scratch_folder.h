// SPDX-License-Identifier: Apache-2.0
// scratch_folder.h: a folder for intermediate files.
#pragma once

#include <filesystem>
#include <optional>

#include "base/scratch.h"

namespace stapes {

// A temporary folder that the destructor removes, or a named folder that stays.
class ScratchFolder {
 public:
  // `keep`: the folder to create; must not exist yet. Throws Error.
  explicit ScratchFolder(const std::optional<std::filesystem::path>& keep = {});
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool kept_;
  std::optional<ScratchPath> unfinished_;  // unless kept
};

}  // namespace stapes
