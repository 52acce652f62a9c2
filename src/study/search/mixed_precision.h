// SPDX-License-Identifier: Apache-2.0
// mixed_precision.h: which convolutions of a binary network to keep in 8 bits, by what bits cost in accuracy and save
// in bytes and instructions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "graph/network.h"
#include "study/search/search.h"

namespace stapes {

// `spec` as a binary network in which these convolutions have bits and all others keep 8 bits.
NetworkSpec with_bits_in(const NetworkSpec& spec, const std::vector<std::string>& nodes);

// The convolutions that can have bits while all others keep 8 bits, so that each can be judged by itself. Throws
// UsageError if there are none.
std::vector<std::string> nodes_to_judge(const NetworkSpec& spec);

// What a convolution costs and saves when it alone has bits.
struct JudgedNode {
  std::string name;
  double divergence = 0;
  std::int64_t flash_bytes_saved = 0, instructions_saved = 0;
};

struct PrecisionChoice {
  std::vector<std::string> bits, keep_8_bit;  // convolutions, in the order of the graph
  double divergence = 0;                      // the sum of those in bits
  std::int64_t flash_bytes = 0, instructions = 0;
};

// The choices to consider: for several weightings of bytes against instructions, the convolutions with the least
// divergence per saving first, and every number of them. As long as divergences and savings add up, no other choice has
// less divergence at the same weighted cost (Everett, Operations Research 11, 1963, doi:10.1287/opre.11.3.399).
std::vector<std::vector<std::string>> choices_to_measure(const std::vector<JudgedNode>& nodes);

// Leaves those that no other equals or beats in all three figures, the smallest file first.
void keep_pareto_front(std::vector<PrecisionChoice>& choices);

// At most `most` of them, 2 or more: the first, the last, and what lies evenly between.
std::vector<PrecisionChoice> spread(const std::vector<PrecisionChoice>& choices, std::size_t most);

// How far `alone`, in which only `node` has bits, is from full precision: takes a training (train/node_sensitivity.h).
using NodeDivergence = std::function<double(const NetworkSpec& alone, const std::string& node)>;

struct PrecisionReport {
  std::vector<JudgedNode> nodes;
  std::vector<PrecisionChoice> front;  // packed and counted; of their divergences, the sums
};

// Judges each of these nodes of `spec`, packs and counts at most `most` choices of them, and leaves the front.
PrecisionReport search_precision(const NetworkSpec& spec, const std::vector<std::string>& nodes, std::size_t most,
                                 const NodeDivergence& divergence, const CountInstructions& count,
                                 const SearchObserver& observer);

}  // namespace stapes
