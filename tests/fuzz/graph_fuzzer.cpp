// SPDX-License-Identifier: Apache-2.0
// Feeds hostile networks to the readers (libFuzzer): TOML or, after a 'W', the payload of a weights file. An accepted
// graph must yield shapes or an error, and must survive writing and reading.
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/geometry.h"
#include "graph/graph_toml.h"
#include "graph/weights_file.h"

namespace stapes {
namespace {

constexpr int kClasses = 10;

void find_shapes(const Graph& graph) {
  NetworkSpec spec{.class_count = kClasses, .graph = graph};
  spec.input = graph.input == GraphInput::kImage      ? NetworkInput(ImageSize{32, 32, 3})
               : graph.input == GraphInput::kFeatures ? NetworkInput(FeatureSize{49, 10, 1})
                                                      : NetworkInput(AudioInput{8000, 8000});
  try {
    network_geometry(spec);
  } catch (const Error&) {  // for example, too deep for its input
  }
}

void read_toml(const std::string& text) {
  Graph graph;
  try {
    graph = parse_graph(text, "fuzz.toml", kClasses);
  } catch (const Error&) {
    return;
  }
  const Graph again = parse_graph(graph_text(graph), "written.toml", kClasses);
  if (again.nodes != graph.nodes || again.widths != graph.widths) {
    std::fputs("graph_fuzzer: a graph changed when written and read again\n", stderr);
    std::abort();
  }
  find_shapes(graph);
}

void read_weights(std::span<const std::byte> payload) {
  const std::vector<std::byte> aligned(payload.begin(), payload.end());  // as in a file
  try {
    deserialize_network(aligned, "fuzz.network");
  } catch (const Error&) {
  }
}

}  // namespace
}  // namespace stapes

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span input(data, size);
  if (size > 0 && data[0] == 'W') {
    stapes::read_weights(std::as_bytes(input.subspan(1)));
  } else {
    stapes::read_toml(std::string(input.begin(), input.end()));
  }
  return 0;
}
