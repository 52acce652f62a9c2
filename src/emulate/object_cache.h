// SPDX-License-Identifier: Apache-2.0
// object_cache.h: keeps compiled objects between measurements. All models share their kernels and start-up code, so
// `stapes measure` has compiled most objects before.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace stapes {

// Objects keyed by their inputs; a cache of more than 4096 objects drops the oldest half when it is opened. Several
// processes may share a folder, since objects are written atomically.
class ObjectCache {
 public:
  // In $STAPES_CACHE_DIR/objects (an empty value turns caching off), otherwise $XDG_CACHE_HOME/stapes/objects or
  // ~/.cache/stapes/objects. `compiler`: a program in PATH.
  explicit ObjectCache(const std::string& compiler);

  // The object's name in the cache, a hash of the compiler's version, its flags and the preprocessed source, including
  // the C library's headers. Included files count, but the paths of -I flags do not. Nothing if caching is off, or if
  // the source cannot be preprocessed: compiling it will then show the error.
  std::optional<std::string> key(const std::vector<std::string>& compile_command,
                                 const std::filesystem::path& source) const;

  // Copies the object to `to`; false if it is not in the cache.
  bool fetch(const std::string& key, const std::filesystem::path& to) const;

  // Stores a copy of `object`. A cache that cannot be written is not an error.
  void store(const std::string& key, const std::filesystem::path& object) const;

 private:
  std::filesystem::path folder_;  // empty: off
  std::string compiler_version_;
};

}  // namespace stapes
