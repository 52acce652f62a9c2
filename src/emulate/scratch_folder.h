// SPDX-License-Identifier: Apache-2.0
// scratch_folder.h: a folder for intermediate files.
#pragma once

#include <filesystem>
#include <optional>

#include "base/scratch.h"

namespace stapes {

// A new folder under the system's temporary one, removed with the object; or one that the caller names and keeps.
class ScratchFolder {
 public:
  // `keep`: created; must not exist yet. Throws Error.
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
