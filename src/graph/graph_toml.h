// SPDX-License-Identifier: Apache-2.0
// graph_toml.h: graphs as TOML. docs/networks.md has the keys.
#pragma once

#include <filesystem>
#include <string>

#include "graph/graph.h"

namespace stapes {

// Reads a graph for so many classes. `source` is what errors call the text. Every error is a UsageError of one line
// that begins with "SOURCE:LINE:". What depends on the input's size is checked by network_geometry().
Graph parse_graph(const std::string& text, const std::string& source, int class_count);

// The same from a file of at most 1 MB. Throws Error when it cannot be read.
Graph read_graph(const std::filesystem::path& path, int class_count);

// The graph in TOML, blocks written out, one node a line: parse_graph() gives it back.
std::string graph_text(const Graph& graph);

}  // namespace stapes
