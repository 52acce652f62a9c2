// SPDX-License-Identifier: Apache-2.0
#include "study/plan/cell.h"

#include <fmt/format.h>

namespace stapes {

std::string series_name(const CellId& id) { return id.network + " " + id.route; }

std::string describe(const CellId& id) {
  return fmt::format("{}, fold {}, seed {}, {}", id.classes, id.fold, id.seed, series_name(id));
}

}  // namespace stapes
