// SPDX-License-Identifier: Apache-2.0
// network_space.h: the search space of `stapes search`, a TOML file (docs/reference/networks.md): graphs, choices for
// their widths, and limits.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "compress/budget.h"
#include "graph/network.h"
#include "study/plan/plan.h"

namespace stapes {

struct NetworkSpace {
  std::string name;
  Form form = Form::kXnor;                         // or kInt8; networks are packed and measured in this form
  std::vector<NetworkSpec> networks;               // one per graph, in that form
  std::map<std::string, std::vector<int>> widths;  // choices by width name; other widths stay as they are
  Budget budget;                                   // file, arena and MACs
  std::string target;                              // emulated board to count instructions on; empty: not counted
  std::int64_t instructions = 0;                   // maximum per window on that board; 0: none
};

// Throws UsageError for invalid TOML, an unknown key or width (suggests the nearest), or if no limit is set.
NetworkSpace parse_network_space(std::string_view text, const std::string& where);
NetworkSpace read_network_space(const std::filesystem::path& path);

}  // namespace stapes
