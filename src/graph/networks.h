// SPDX-License-Identifier: Apache-2.0
// networks.h: networks by name: the built-in ones (networks/*.toml) and TOML files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graph/network.h"

namespace stapes {

// The values of --model, for help and errors.
std::string model_help();

// The built-in networks.
std::vector<std::string> network_names();

// NAME, FILE.toml, or either with widths: "resnet18:16,32,64,128". "widths:7,20,..." is short for "acdnet:7,20,...".
// Throws UsageError with the nearest name, or with the error in the file.
Graph named_graph(std::string_view name, int class_count);

bool names_file(std::string_view name);

// The argument of named_graph() for `name` with the widths of `graph`.
std::string name_with_widths(std::string_view name, const Graph& graph);

// `widths` has all widths, or only those that do not copy another. Throws UsageError for any other number.
void set_widths(Graph& graph, const std::vector<int>& widths);

// Multiplies all widths by `factor`, except those with one channel per class. Rounds down to a multiple of the divisor
// (ties.h), but never below the divisor.
void scale_widths(Graph& graph, double factor);

// Throws UsageError like named_graph(), and if the network takes another kind of input.
NetworkSpec named_network(std::string_view name, int class_count, const NetworkInput& input);

}  // namespace stapes
