// SPDX-License-Identifier: Apache-2.0
#include "runs/option.h"

#include <fmt/format.h>

namespace stapes {

bool Bounds::contain(double value) const {
  if (any) return true;
  if (!(without_least ? value > least : value >= least)) return false;
  if (most < least) return true;
  return without_most ? value < most : value <= most;
}

std::string Bounds::text() const {
  if (any) return "";
  if (most == least) return fmt::format("{:g}", least);
  if (most < least) return fmt::format("at least {:g}", least);
  if (!without_least && !without_most) return fmt::format("{:.7g} to {:.7g}", least, most);
  return fmt::format("{} {:g} and {} {:g}", without_least ? "above" : "at least", least,
                     without_most ? "below" : "at most", most);
}

}  // namespace stapes
