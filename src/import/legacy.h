// SPDX-License-Identifier: Apache-2.0
// legacy.h: the old format of torch.save, before version 1.6. Five pickles (a magic number, the version 1001, facts
// about the writer's machine, the object, the list of storage keys), then for each key, in that list's order, an int64
// element count and the raw little-endian data.
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

// Throws Error for any deviation: a big-endian writer, a key that no tensor uses or that is listed twice, a count that
// differs from the object's or exceeds the file, or leftover bytes.
LegacyFile read_legacy(std::span<const std::byte> bytes);

}  // namespace stapes::imports
