// SPDX-License-Identifier: Apache-2.0
// binary_form.h: which convolutions of a graph become binary.
#pragma once

#include <string>
#include <vector>

#include "graph/network.h"

namespace stapes {

// Throws UsageError if the binary form does not suit the graph.
void check_form(const NetworkSpec& spec);

// The default of --keep-8-bit: the nodes with precision int8.
std::vector<std::string> usual_keep_8_bit(const Graph& graph);

// The default binary form. Throws UsageError if `spec` has none.
NetworkSpec as_binary(NetworkSpec spec);

// Parses "conv2,conv12", "2,12" (numbers of convolutions, from 1) or "none". Throws UsageError suggesting the nearest
// name.
std::vector<std::string> parse_keep_8_bit(const Graph& graph, const std::string& list);

// The convolution with this number, counted from 1. Throws UsageError if there is none.
std::string nth_convolution(const Graph& graph, int number);

// Why convolution `node` cannot be binary; empty if it can.
std::string not_binary_because(const Graph& graph, int node);

bool is_binary(const NetworkSpec& spec, int node);

}  // namespace stapes
