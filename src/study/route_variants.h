// SPDX-License-Identifier: Apache-2.0
// route_variants.h: a [[route]] that lists pruning methods, ratios or kinds of quantization, written out.
#pragma once

#include <string>
#include <vector>

#include "study/plan.h"
#include "study/toml_table.h"

namespace stapes {

struct RouteKeys {
  std::vector<std::string> train, prune, quantize;  // options allowed in each table
};

// Reads the tables train, prune and quantize of `table`. A list under prune's method or ratio, or under quantize's
// aware, makes one route an element, all combinations; each adds to the route's name: "pruned-taylor-0.5-aware". A list
// under another key is one value with commas.
std::vector<PlanRoute> route_variants(const PlanRoute& route, const TomlTable& table, const RouteKeys& keys);

// The series "NETWORK ROUTE" that teaches `route` on `network`.
std::string teacher_series(const PlanRoute& route, const std::string& network);

}  // namespace stapes
