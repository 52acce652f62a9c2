// SPDX-License-Identifier: Apache-2.0
#include "study/search/search_plan.h"

#include <fmt/format.h>

#include "base/error.h"
#include "graph/graph_toml.h"
#include "graph/toml_table.h"
#include "study/plan/toml_text.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPlanName = "plan.toml";

std::string network_file(const NetworkSpace& space, std::size_t index) {
  return candidate_name(space, index) + ".toml";
}

// File names in a plan are relative to the current folder.
std::string plan_text(const NetworkSpace& space, std::size_t count, const fs::path& plan, const fs::path& folder) {
  constexpr std::uint64_t kMaxPlanBytes = 1 << 20;
  std::string text = read_text_file(plan, kMaxPlanBytes);
  if (parse_toml(text, plan.string()).contains("networks")) {
    throw UsageError("{} has a [networks] table; remove that table, because the search writes its own", plan.string());
  }
  text += "\n[networks]\n";
  for (std::size_t i = 0; i < count; ++i) {
    text += fmt::format("{} = {}\n", toml_text(candidate_name(space, i)),
                        toml_text((folder / network_file(space, i)).string()));
  }
  parse_plan(text, plan.string());
  return text;
}

}  // namespace

std::string candidate_name(const NetworkSpace& space, std::size_t index) {
  return fmt::format("{}-{}", space.name, index + 1);
}

void check_base_plan(const NetworkSpace& space, std::size_t most, const fs::path& plan) {
  plan_text(space, most, plan, "folder");
}

void write_candidates(const NetworkSpace& space, const std::vector<NetworkCandidate>& found, const fs::path& plan,
                      const fs::path& folder, Existing existing) {
  const std::string text = plan.empty() ? "" : plan_text(space, found.size(), plan, folder);
  write_folder(folder, existing, network_file(space, 0), [&](const fs::path& part) {
    for (std::size_t i = 0; i < found.size(); ++i) {
      Graph graph = found[i].spec.graph;
      graph.name = candidate_name(space, i);
      write_text_file(part / network_file(space, i), graph_text(graph), Existing::kRefuse);
    }
    if (!text.empty()) write_text_file(part / kPlanName, text, Existing::kRefuse);
  });
}

}  // namespace stapes
