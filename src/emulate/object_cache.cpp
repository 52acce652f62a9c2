// SPDX-License-Identifier: Apache-2.0
#include "emulate/object_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "base/content_hash.h"
#include "base/error.h"
#include "base/files.h"
#include "base/process.h"

namespace stapes {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPreprocessLimit{60};
constexpr std::size_t kMaxObjects = 4096;  // a kernel's object takes 2 to 20 KB

fs::path cache_folder() {
  if (const char* chosen = std::getenv("STAPES_CACHE_DIR")) {
    return *chosen == '\0' ? fs::path() : fs::path(chosen) / "objects";
  }
  if (const char* caches = std::getenv("XDG_CACHE_HOME"); caches != nullptr && *caches != '\0') {
    return fs::path(caches) / "stapes" / "objects";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return fs::path(home) / ".cache" / "stapes" / "objects";
  }
  return {};
}

// Nothing if the program fails, is slow or writes too much. Caching is then off, and compiling reports the error.
std::optional<std::string> output_of(const std::vector<std::string>& command) {
  try {
    const ProgramEnd end = run_to_end(command, "install it", kPreprocessLimit);
    return end.status == 0 ? std::optional(end.output) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void remove_oldest(const fs::path& folder) {
  std::error_code ignored;
  std::vector<std::pair<fs::file_time_type, fs::path>> objects;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    objects.emplace_back(entry.last_write_time(ignored), entry.path());
  }
  if (objects.size() <= kMaxObjects) return;
  std::sort(objects.begin(), objects.end());
  objects.resize(objects.size() - kMaxObjects / 2);
  for (const auto& [time, path] : objects) fs::remove(path, ignored);
}

}  // namespace

ObjectCache::ObjectCache(const std::string& compiler) : folder_(cache_folder()) {
  if (folder_.empty()) return;
  std::error_code error;
  fs::create_directories(folder_, error);
  const auto version = output_of({compiler, "--version"});
  if (error || !version) {
    folder_.clear();
    return;
  }
  compiler_version_ = *version;
  remove_oldest(folder_);
}

std::optional<std::string> ObjectCache::key(const std::vector<std::string>& compile_command,
                                            const fs::path& source) const {
  if (folder_.empty()) return std::nullopt;
  ContentHash hash;
  hash.add(compiler_version_);
  for (const std::string& argument : compile_command) {
    if (!argument.starts_with("-I")) hash.add(argument);
  }
  std::vector<std::string> command = compile_command;
  command.insert(command.end(), {"-E", "-P", source.string()});
  const auto preprocessed = output_of(command);
  if (!preprocessed) return std::nullopt;
  hash.add(*preprocessed);
  return fmt::format("{:016x}-{}.o", hash.value(), preprocessed->size());
}

bool ObjectCache::fetch(const std::string& key, const fs::path& to) const {
  std::error_code error;
  const fs::path object = folder_ / key;
  if (!fs::copy_file(object, to, fs::copy_options::overwrite_existing, error) || error) return false;
  fs::last_write_time(object, fs::file_time_type::clock::now(), error);  // marks it as recently used
  return true;
}

void ObjectCache::store(const std::string& key, const fs::path& object) const {
  try {
    write_file(folder_ / key, read_file(object), Existing::kReplace);
  } catch (const Error&) {  // the disk is full, or another process writes the same object
  }
}

}  // namespace stapes
