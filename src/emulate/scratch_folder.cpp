// SPDX-License-Identifier: Apache-2.0
#include "emulate/scratch_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/error.h"

namespace stapes {
namespace {

std::filesystem::path fresh_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "stapes-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw Error("cannot create the folder {}: {}", name, std::strerror(errno));
  return name;
}

std::filesystem::path new_folder(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) throw Error("{} exists; choose another name", path.string());
  std::filesystem::create_directories(path, error);
  if (error) throw Error("cannot create the folder {}: {}", path.string(), error.message());
  return path;
}

}  // namespace

ScratchFolder::ScratchFolder(const std::optional<std::filesystem::path>& keep) : kept_(keep.has_value()) {
  const auto held = hold_signals();
  path_ = keep ? new_folder(*keep) : fresh_folder();
  if (!kept_) unfinished_.emplace(path_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!kept_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace stapes
