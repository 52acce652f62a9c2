// SPDX-License-Identifier: Apache-2.0
// legacy.h: files of torch.save before version 1.6: five pickles (magic number, version 1001, facts about the writer's
// machine, object, list of storage keys), then the storages in list order. Each storage is an int64 element count and
// raw little-endian data.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string_view>

#include "import/pickle.h"

namespace stapes::imports {

struct LegacyFile {
  Pickle object;
  std::map<std::string_view, std::span<const std::byte>> storages;  // by key; borrows the file
};

bool is_legacy(std::span<const std::byte> bytes);

// Throws Error for any deviation: a big-endian writer, unused or repeated keys, counts that differ from the object's or
// exceed the file, or leftover bytes.
LegacyFile read_legacy(std::span<const std::byte> bytes);

}  // namespace stapes::imports
