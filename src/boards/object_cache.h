// SPDX-License-Identifier: Apache-2.0
// object_cache.h: compiled objects kept between measurements. All models share their kernels and start-up code, so most
// of what `stapes measure` compiles it has compiled before.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace stapes {

// Objects by what they were made of; a cache that holds over 4096 loses its oldest half when it is opened. Several
// processes may use one folder: an object appears there whole or not at all.
class ObjectCache {
 public:
  // At $STAPES_CACHE_DIR/objects (caching is off when that is empty), else $XDG_CACHE_HOME/stapes/objects, else
  // ~/.cache/stapes/objects. `compiler`: a program in PATH.
  explicit ObjectCache(const std::string& compiler);

  // The object's name in the cache. Hashes the compiler's version, its flags, and the source as preprocessed: that has
  // every included file in it, the C library's too. -I flags do not count, what they find does. Nothing when caching is
  // off or the source does not preprocess: compiling it will say why.
  std::optional<std::string> key(const std::vector<std::string>& compile_command,
                                 const std::filesystem::path& source) const;

  // Copies the object to `to`; false when it is not in the cache.
  bool fetch(const std::string& key, const std::filesystem::path& to) const;

  // Keeps `object`. A cache that cannot be written is not an error.
  void store(const std::string& key, const std::filesystem::path& object) const;

 private:
  std::filesystem::path folder_;  // empty: off
  std::string compiler_version_;
};

}  // namespace stapes
