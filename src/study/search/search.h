// SPDX-License-Identifier: Apache-2.0
// search.h: finds the networks in a space that make the best use of a budget.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "study/search/network_space.h"

namespace stapes {

struct NetworkCandidate {
  NetworkSpec spec;
  DeviceNeeds needs;
  std::int64_t instructions = 0;  // of one window; 0: not counted

  bool operator==(const NetworkCandidate& other) const { return spec.graph == other.spec.graph; }
};

struct SearchReport {
  std::vector<NetworkCandidate> found;  // largest file first
  std::int64_t combinations = 0, fit_in_memory = 0, counted = 0;
};

using SearchObserver = std::function<void(const std::string& step, std::size_t done, std::size_t total)>;
// Instructions per window.
using CountInstructions = std::function<std::int64_t(const NetworkSpec& spec)>;

// Packs every combination of widths with stand-in weights. Keeps up to `wanted` within the limits on memory, MACs and
// instructions, largest file first. Skips a network if no layer is wider than in a kept one. Throws UsageError for more
// than 100,000 combinations or if none fits.
SearchReport search_networks(const NetworkSpace& space, int wanted, const CountInstructions& count,
                             const SearchObserver& observer);

// Runs the packed model with random weights on this emulated board. The counts do not depend on the weights.
CountInstructions count_on_emulated_core(const std::string& target);

}  // namespace stapes
