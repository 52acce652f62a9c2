// SPDX-License-Identifier: Apache-2.0
#include "data/formats/data_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <system_error>

#include "base/error.h"
#include "base/text.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr const char* kRecordingExtensions[] = {".wav", ".ogg", ".flac", ".mp3"};

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

// The visible entries, sorted; if `error` is set, only those read before it.
std::vector<fs::directory_entry> visible_entries(const fs::path& dir, std::error_code& error) {
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator it(dir, error); !error && it != fs::directory_iterator(); it.increment(error)) {
    if (!is_hidden(it->path())) entries.push_back(*it);
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

SkippedFile unreadable(const fs::path& path, const std::error_code& error) {
  return {path.string(), fmt::format("cannot read {}: {}", path.string(), error.message())};
}

void add_files(const fs::path& dir, std::vector<fs::path>& found, std::vector<SkippedFile>& skipped) {
  std::error_code error;
  for (const fs::directory_entry& entry : visible_entries(dir, error)) {
    if (!is_folder(entry.path())) {
      found.push_back(entry.path());
    } else if (entry.is_symlink()) {
      skipped.push_back(
          {entry.path().string(),
           fmt::format("{} is a link to a folder, and links are not followed here; replace the link with the folder",
                       entry.path().string())});
    } else {
      add_files(entry.path(), found, skipped);
    }
  }
  if (error) skipped.push_back(unreadable(dir, error));
}

// Whether `path`, after following links, is `dir` or one of its parents.
bool leads_back(const fs::path& path, const fs::path& dir) {
  std::error_code unknown;
  const fs::path target = fs::canonical(path, unknown), from = fs::canonical(dir, unknown);
  return std::mismatch(target.begin(), target.end(), from.begin(), from.end()).first == target.end();
}

}  // namespace

std::string first_skipped(const std::vector<SkippedFile>& skipped) {
  return skipped.empty() ? "" : "; first file or folder skipped: " + skipped.front().reason;
}

std::vector<fs::path> class_folders(const fs::path& dir, std::vector<SkippedFile>& skipped) {
  if (!is_folder(dir)) throw Error("{} is not a folder; expected one folder per class in it", dir.string());
  std::error_code error;
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : visible_entries(dir, error)) {
    std::error_code why;
    if (entry.is_symlink() && !entry.exists(why)) {
      skipped.push_back(unreadable(entry.path(), why ? why : make_error_code(std::errc::no_such_file_or_directory)));
    } else if (entry.is_symlink() && leads_back(entry.path(), dir)) {
      skipped.push_back(unreadable(entry.path(), make_error_code(std::errc::too_many_symbolic_link_levels)));
    } else if (is_folder(entry.path())) {
      found.push_back(entry.path());
    }
  }
  if (error) throw Error("cannot read {}: {}", dir.string(), error.message());
  return found;
}

std::vector<fs::path> class_folders(const fs::path& dir) {
  std::vector<SkippedFile> skipped;
  return class_folders(dir, skipped);
}

std::vector<fs::path> files_below(const fs::path& dir, std::vector<SkippedFile>& skipped) {
  std::vector<fs::path> found;
  add_files(dir, found, skipped);
  std::sort(found.begin(), found.end());
  return found;
}

bool is_folder(const fs::path& path) {
  std::error_code unknown;
  return fs::is_directory(path, unknown);
}

bool is_there(const fs::path& path) {
  std::error_code unknown;
  return fs::exists(path, unknown);
}

std::optional<fs::path> only_folder_in(const fs::path& dir) {
  std::error_code error;
  const std::vector<fs::directory_entry> entries = visible_entries(dir, error);
  std::vector<fs::path> folders;
  for (const fs::directory_entry& entry : entries) {
    const bool from_a_mac = entry.path().filename() == "__MACOSX";  // metadata that macOS adds to archives
    if (!from_a_mac && is_folder(entry.path())) folders.push_back(entry.path());
    if (!from_a_mac && !is_folder(entry.path())) return std::nullopt;
  }
  return folders.size() == 1 ? std::optional(folders.front()) : std::nullopt;
}

std::vector<fs::path> roots_of(const fs::path& dir) {
  std::vector<fs::path> roots = {dir};
  if (const auto inner = only_folder_in(dir)) roots.push_back(*inner);
  return roots;
}

std::string contents_of(const fs::path& dir) {
  constexpr std::size_t kNamed = 8;
  if (!is_folder(dir)) return "no such folder";
  std::error_code error;
  const std::vector<fs::directory_entry> entries = visible_entries(dir, error);
  if (entries.empty()) return "nothing";
  std::string names;
  for (std::size_t i = 0; i < std::min(entries.size(), kNamed); ++i) {
    names += (i == 0 ? "" : ", ") + entries[i].path().filename().string() + (is_folder(entries[i].path()) ? "/" : "");
  }
  return names + (entries.size() > kNamed ? ", ..." : "");
}

bool is_recording(const fs::path& path) {
  const std::string extension = lower_case(path.extension().string());
  return std::ranges::any_of(kRecordingExtensions, [&](const char* known) { return extension == known; });
}

bool is_picture(const fs::path& path) {
  const std::string extension = lower_case(path.extension().string());
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

std::optional<fs::path> find_recording(const fs::path& listed) {
  if (is_there(listed)) return listed;
  for (const char* extension : kRecordingExtensions) {
    fs::path other = listed;
    other.replace_extension(extension);
    if (is_there(other)) return other;
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
