// SPDX-License-Identifier: Apache-2.0
#include "data/data_folder.h"

#include <algorithm>

#include "base/error.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

}  // namespace

std::vector<fs::path> class_folders(const fs::path& dir) {
  if (!fs::is_directory(dir)) throw Error("{} is not a folder; expected one folder per class in it", dir.string());
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir)) {
    if (!is_hidden(entry.path()) && entry.is_directory()) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<fs::path> files_below(const fs::path& dir) {
  std::vector<fs::path> found;
  for (auto it = fs::recursive_directory_iterator(dir); it != fs::recursive_directory_iterator(); ++it) {
    if (is_hidden(it->path())) {
      if (it->is_directory()) it.disable_recursion_pending();
    } else if (!it->is_directory()) {
      found.push_back(it->path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<fs::path> find_recording(const fs::path& listed) {
  if (fs::exists(listed)) return listed;
  for (const char* extension : {".wav", ".ogg", ".flac", ".mp3"}) {
    fs::path other = listed;
    other.replace_extension(extension);
    if (fs::exists(other)) return other;
  }
  return std::nullopt;
}

bool stays_inside(const std::string& name) {
  const fs::path path(name);
  bool stays = !name.empty() && !path.is_absolute() && name.find('\\') == std::string::npos;
  for (const fs::path& part : path) stays = stays && part != "..";
  return stays;
}

}  // namespace stapes
