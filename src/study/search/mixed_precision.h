// SPDX-License-Identifier: Apache-2.0
// mixed_precision.h: chooses which convolutions of a binary network stay in 8 bits, by accuracy, bytes and
// instructions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "graph/network.h"
#include "study/search/search.h"

namespace stapes {

// `spec` with only these convolutions binary; all others keep 8 bits.
NetworkSpec with_bits_in(const NetworkSpec& spec, const std::vector<std::string>& nodes);

// The convolutions that can be binary while all others keep 8 bits. Throws UsageError if there are none.
std::vector<std::string> nodes_to_judge(const NetworkSpec& spec);

// Cost and savings of making only this convolution binary.
struct JudgedNode {
  std::string name;
  double divergence = 0;
  std::int64_t flash_bytes_saved = 0, instructions_saved = 0;
};

struct PrecisionChoice {
  std::vector<std::string> bits, keep_8_bit;  // convolutions, in the order of the graph
  double divergence = 0;                      // sum over the binary ones
  std::int64_t flash_bytes = 0, instructions = 0;
};

// For several weightings of bytes against instructions, sorts the convolutions by divergence per saving and returns
// every prefix. If divergences and savings are additive, no other choice diverges less at the same weighted cost
// (Everett, Operations Research 11, 1963, doi:10.1287/opre.11.3.399).
std::vector<std::vector<std::string>> choices_to_measure(const std::vector<JudgedNode>& nodes);

// Removes choices that another equals or beats in all three figures. Smallest file first.
void keep_pareto_front(std::vector<PrecisionChoice>& choices);

// At most `most` (2 or more) choices: the first, the last, and evenly spaced ones in between.
std::vector<PrecisionChoice> spread(const std::vector<PrecisionChoice>& choices, std::size_t most);

// How far `alone`, in which only `node` is binary, diverges from full precision (node_sensitivity.h). Each call trains
// a network.
using NodeDivergence = std::function<double(const NetworkSpec& alone, const std::string& node)>;

struct PrecisionReport {
  std::vector<JudgedNode> nodes;
  std::vector<PrecisionChoice> front;  // packed and counted; divergences are sums
};

// Rates `nodes`, packs and counts at most `most` choices and keeps the Pareto front.
PrecisionReport search_precision(const NetworkSpec& spec, const std::vector<std::string>& nodes, std::size_t most,
                                 const NodeDivergence& divergence, const CountInstructions& count,
                                 const SearchObserver& observer);

}  // namespace stapes
