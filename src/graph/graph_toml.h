// SPDX-License-Identifier: Apache-2.0
// graph_toml.h: graphs as TOML. docs/reference/networks.md has the keys.
#pragma once

#include <filesystem>
#include <string>

#include "graph/graph.h"

namespace stapes {

// Throws UsageError "SOURCE:LINE: ...". network_geometry() checks what depends on the input size.
Graph parse_graph(const std::string& text, const std::string& source, int class_count);

// The same from a file of at most 1 MB. Throws Error if the file cannot be read.
Graph read_graph(const std::filesystem::path& path, int class_count);

// Expands blocks and writes one node per line. parse_graph() reads the result.
std::string graph_text(const Graph& graph);

}  // namespace stapes
