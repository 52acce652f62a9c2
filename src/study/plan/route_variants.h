// SPDX-License-Identifier: Apache-2.0
// route_variants.h: expands a [[route]] that lists pruning methods, ratios or kinds of quantization.
#pragma once

#include <string>
#include <vector>

#include "graph/toml_table.h"
#include "study/plan/plan.h"

namespace stapes {

struct RouteKeys {
  std::vector<std::string> train, prune, quantize;  // options allowed in each table
};

// Reads the tables train, prune and quantize. Lists under prune.method, prune.ratio and quantize.aware give one route
// per combination, named e.g. "pruned-taylor-0.5-aware". Lists under other keys become comma-separated values.
// prune.flash = { like = "SERIES" } sets flash_like.
std::vector<PlanRoute> route_variants(const PlanRoute& route, const TomlTable& table, const RouteKeys& keys);

// The series that `text` ("ROUTE" or "NETWORK ROUTE") names in a route on `network`.
std::string series_on(const std::string& network, const std::string& text);

}  // namespace stapes
