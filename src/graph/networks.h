// SPDX-License-Identifier: Apache-2.0
// networks.h: networks by the names that options and plans use: those inside the program (networks/*.toml) and files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graph/network.h"

namespace stapes {

// What --model takes, for help and errors.
std::string model_help();

// The names of the networks inside the program.
std::vector<std::string> network_names();

// NAME, FILE.toml, or either with widths: "resnet18:16,32,64,128". "widths:7,20,..." is acdnet with those. Throws
// UsageError naming the nearest name, or what is wrong in the file.
Graph named_graph(std::string_view name, int class_count);

// Whether the name is that of a file.
bool names_file(std::string_view name);

// The name by which named_graph() finds the network `name` with the widths of `graph`.
std::string name_with_widths(std::string_view name, const Graph& graph);

// Gives a network all its widths, or those that are not said to equal another one. Throws UsageError naming how many
// there are.
void set_widths(Graph& graph, const std::vector<int>& widths);

// Multiplies the widths, rounded down, at least 1; but not those of one channel a class.
void scale_widths(Graph& graph, double factor);

// Throws UsageError like named_graph(), and when the network is not made for such an input.
NetworkSpec named_network(std::string_view name, int class_count, const NetworkInput& input);

}  // namespace stapes
