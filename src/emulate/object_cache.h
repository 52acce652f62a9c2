// SPDX-License-Identifier: Apache-2.0
// object_cache.h: keeps compiled objects between measurements, since models share kernels and start-up code.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace stapes {

// Opening a cache of more than 4096 objects keeps only the newest 2048. Processes may share a folder: objects are
// written atomically.
class ObjectCache {
 public:
  // The cache is in $STAPES_CACHE_DIR/objects (empty: caching is off), $XDG_CACHE_HOME/stapes/objects or
  // ~/.cache/stapes/objects. `compiler`: a program in PATH.
  explicit ObjectCache(const std::string& compiler);

  // The object's name in the cache: a hash of the compiler's version, the flags except -I and the preprocessed source.
  // Nothing if caching is off or preprocessing fails.
  std::optional<std::string> key(const std::vector<std::string>& compile_command,
                                 const std::filesystem::path& source) const;

  // Copies the object to `to`; false if it is not in the cache.
  bool fetch(const std::string& key, const std::filesystem::path& to) const;

  // A cache that cannot be written is not an error.
  void store(const std::string& key, const std::filesystem::path& object) const;

 private:
  std::filesystem::path folder_;  // empty: off
  std::string compiler_version_;
};

}  // namespace stapes
