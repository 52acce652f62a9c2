// SPDX-License-Identifier: Apache-2.0
#include "graph/networks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/embedded_file.h"
#include "base/error.h"
#include "base/nearest_name.h"
#include "graph/graph_toml.h"
#include "graph/ties.h"

namespace stapes {

extern const EmbeddedFiles kNetworkFiles;

namespace {

constexpr std::string_view kAcdnet = "acdnet", kAcdnetAlias = "widths", kSuffix = ".toml";

struct NameParts {
  std::string base;    // of a network or file
  std::string widths;  // after the colon
  bool has_widths = false;
};

NameParts split_name(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  const bool in_path = colon != std::string_view::npos && name.find('/', colon) != std::string_view::npos;
  if (colon == std::string_view::npos || in_path) return {std::string(name), "", false};
  NameParts parts{std::string(name.substr(0, colon)), std::string(name.substr(colon + 1)), true};
  if (parts.base == kAcdnetAlias) parts.base = kAcdnet;
  return parts;
}

// Numbers from 1 to kMaxWidth, separated by commas; empty if the list is invalid.
std::vector<int> parse_widths(std::string_view list) {
  std::vector<int> widths;
  const char* at = list.data();
  const char* const end = list.data() + list.size();
  while (true) {
    int width = 0;
    const auto [next, error] = std::from_chars(at, end, width);
    if (error != std::errc() || width < 1 || width > kMaxWidth || (next != end && *next != ',')) return {};
    widths.push_back(width);
    if (next == end) return widths;
    at = next + 1;
  }
}

int own_widths(const Graph& graph) { return static_cast<int>(std::ranges::count(graph.width_like, kNoWidth)); }

std::string widths_wanted(const Graph& graph) {
  const int own = own_widths(graph), all = static_cast<int>(graph.widths.size());
  return own == all ? std::to_string(all) : fmt::format("{} or {}", own, all);
}

}  // namespace

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : kNetworkFiles) {
    names.emplace_back(file.path.substr(0, file.path.size() - kSuffix.size()));
  }
  return names;
}

std::string model_help() {
  return fmt::format("{}, or a FILE.toml (docs/reference/networks.md); to set the widths, append them: NAME:8,64,...",
                     fmt::join(network_names(), ", "));
}

bool names_file(std::string_view name) { return split_name(name).base.ends_with(kSuffix); }

void set_widths(Graph& graph, const std::vector<int>& widths) {
  if (widths.size() == graph.widths.size()) {
    graph.widths = widths;
  } else if (static_cast<int>(widths.size()) == own_widths(graph)) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < graph.widths.size(); ++i) {
      const int like = graph.width_like[i];
      graph.widths[i] = like == kNoWidth ? widths[next++] : graph.widths[static_cast<std::size_t>(like)];
    }
  } else {
    throw UsageError("{} takes {} widths, got {}", graph.name, widths_wanted(graph), widths.size());
  }
}

void scale_widths(Graph& graph, double factor) {
  const std::vector<int> divisors = width_divisors(graph);
  for (std::size_t i = 0; i < graph.widths.size(); ++i) {
    if (graph.width_per_class[i]) continue;
    const int wanted = std::clamp(static_cast<int>(std::floor(graph.widths[i] * factor)), 1, kMaxWidth);
    graph.widths[i] = std::max(1, wanted / divisors[i]) * divisors[i];
  }
}

Graph named_graph(std::string_view name, int class_count) {
  const NameParts parts = split_name(name);
  Graph graph;
  if (parts.base.ends_with(kSuffix)) {
    graph = read_graph(parts.base, class_count);
  } else {
    const std::string path = parts.base + std::string(kSuffix);
    const auto found = std::ranges::find(kNetworkFiles, path, &EmbeddedFile::path);
    if (found == kNetworkFiles.end()) {
      throw UsageError("unknown model '{}'; did you mean {}? Choose {}", name,
                       nearest_name(parts.base, network_names()), model_help());
    }
    graph = parse_graph(std::string(found->text), path, class_count);
  }
  if (!parts.has_widths) return graph;
  const std::vector<int> widths = parse_widths(parts.widths);
  if (widths.empty()) {
    throw UsageError("model {} needs {} numbers from 1 to {} separated by commas", name, widths_wanted(graph),
                     kMaxWidth);
  }
  set_widths(graph, widths);
  return graph;
}

std::string name_with_widths(std::string_view name, const Graph& graph) {
  std::string base = split_name(name).base;
  if (base.ends_with(kAcdnet) && !base.ends_with(kSuffix)) base = kAcdnetAlias;  // also micro-acdnet and nano-acdnet
  return fmt::format("{}:{}", base, fmt::join(graph.widths, ","));
}

NetworkSpec named_network(std::string_view name, int class_count, const NetworkInput& input) {
  NetworkSpec spec{.input = input, .class_count = class_count, .graph = named_graph(name, class_count)};
  if (spec.graph.input != kind_of(input)) {
    const GraphInput kind = kind_of(input);
    const char* usual = kind == GraphInput::kImage   ? "resnet18"
                        : kind == GraphInput::kAudio ? "micro-acdnet"
                                                     : "FILE.toml with input = \"features\"";
    throw UsageError("{} takes {}, but the data set has {}; use --model {}", name, plural_of(spec.graph.input),
                     plural_of(kind), usual);
  }
  return spec;
}

}  // namespace stapes
