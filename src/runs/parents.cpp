// SPDX-License-Identifier: Apache-2.0
#include "runs/parents.h"

#include <fmt/format.h>

#include "base/content_hash.h"
#include "base/error.h"
#include "graph/weights_file.h"

namespace stapes {

std::string content_hash(const TrainedNetwork& network) {
  return fmt::format("{:016x}", content_hash(serialize_network(network)));
}

void refuse_changed_parent(const TrainedNetwork& parent, const std::string& expected, const std::string& role) {
  if (expected.empty()) return;
  const std::string found = content_hash(parent);
  const std::vector<std::byte> version_2 =
      serialize_as_version_2(parent);  // for runs started before networks became graphs
  if (found == expected || fmt::format("{:016x}", content_hash(version_2)) == expected) return;
  throw Error("{} has changed since the run began (hash {} instead of {}); restore it, or train again with --force",
              role, found, expected);
}

}  // namespace stapes
