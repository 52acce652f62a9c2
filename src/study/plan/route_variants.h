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

// Reads the tables train, prune and quantize of `table`. A list under prune's method or ratio, or under quantize's
// aware, expands into one route per combination and extends the route's name: "pruned-taylor-0.5-aware". A list under
// any other key becomes one comma-separated value. A flash = { like = "SERIES" } in prune sets flash_like.
std::vector<PlanRoute> route_variants(const PlanRoute& route, const TomlTable& table, const RouteKeys& keys);

// The full name of the series that `text` ("ROUTE" or "NETWORK ROUTE") refers to in a route on `network`.
std::string series_on(const std::string& network, const std::string& text);

}  // namespace stapes
