// SPDX-License-Identifier: Apache-2.0
// legacy.h: the format of torch.save before version 1.6: five pickles (a magic number, the version 1001, facts about
// the writer's machine, the object, the list of storage keys), then each storage in the order of the list: an int64
// element count and raw little-endian data.
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

// Throws Error for any deviation: a big-endian writer, an unused or repeated key, a count that differs from the
// object's or exceeds the file, or leftover bytes.
LegacyFile read_legacy(std::span<const std::byte> bytes);

}  // namespace stapes::imports
