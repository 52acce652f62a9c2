// SPDX-License-Identifier: Apache-2.0
#include "study/plan/route_variants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace stapes {
namespace {

using Values = std::vector<std::optional<std::string>>;

bool is_listed(const std::string& section, const std::string& key) {
  return (section == "prune" && (key == "method" || key == "ratio")) || (section == "quantize" && key == "aware");
}

// A list value as it appears in a route's name.
std::string suffix(const std::string& key, const std::optional<std::string>& value) {
  if (key == "aware") return value ? "-aware" : "-after";
  return fmt::format("-{}", value.value_or("none"));
}

void set_option(Options& options, const std::string& key, const std::optional<std::string>& value) {
  if (value) options.emplace_back(key, *value);
}

std::string with_commas(const Values& values) {
  std::vector<std::string> texts;
  for (const auto& value : values) texts.push_back(value.value_or("false"));
  return fmt::format("{}", fmt::join(texts, ","));
}

// One copy of each route per value.
std::vector<PlanRoute> multiplied(const std::vector<PlanRoute>& routes, Options PlanRoute::*options,
                                  const std::string& key, const Values& values) {
  std::vector<PlanRoute> result;
  for (const PlanRoute& route : routes) {
    for (const auto& value : values) {
      PlanRoute variant = route;
      set_option(variant.*options, key, value);
      if (values.size() > 1) variant.name += suffix(key, value);
      result.push_back(std::move(variant));
    }
  }
  return result;
}

}  // namespace

std::vector<PlanRoute> route_variants(const PlanRoute& route, const TomlTable& table, const RouteKeys& keys) {
  std::vector<PlanRoute> routes = {route};
  const auto read = [&](const std::string& section, Options PlanRoute::*options,
                        const std::vector<std::string>& allowed) {
    const std::optional<TomlTable> given = table.table(section);
    if (!given) return;
    given->allow_only(allowed);
    for (const std::string& key : given->keys()) {
      if (section == "prune" && key == "flash" && given->is_table(key)) {
        const TomlTable budget = *given->table(key);
        budget.allow_only({"like"});
        for (PlanRoute& r : routes) r.flash_like = budget.text("like");
        continue;
      }
      const Values values = given->option_values(key);
      if (values.size() > 1 && !is_listed(section, key)) {
        for (PlanRoute& r : routes) set_option(r.*options, key, with_commas(values));
      } else {
        routes = multiplied(routes, options, key, values);
      }
    }
  };
  read("train", &PlanRoute::train, keys.train);
  read("prune", &PlanRoute::prune, keys.prune);
  read("quantize", &PlanRoute::quantize, keys.quantize);
  return routes;
}

std::string series_on(const std::string& network, const std::string& text) {
  return text.find(' ') == std::string::npos ? network + " " + text : text;
}

}  // namespace stapes
