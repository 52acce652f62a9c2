// SPDX-License-Identifier: Apache-2.0
#include "study/search/network_space.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/nearest_name.h"
#include "base/quantity.h"
#include "emulate/board.h"
#include "graph/binary_form.h"
#include "graph/networks.h"
#include "graph/toml_table.h"
#include "study/plan/checked_name.h"

namespace stapes {
namespace {

Form form_of(const TomlTable& file) {
  const std::string text = file.text_or("form", "xnor");
  const std::optional<Form> form = value_called<Form>(text);
  if (form != Form::kXnor && form != Form::kInt8) file.fail("form", "expected xnor or int8, got '" + text + "'");
  return *form;
}

NetworkInput input_of(const TomlTable& file, const Graph& graph) {
  if (graph.input == GraphInput::kFeatures) {
    file.fail("networks", "expected networks for sound or images; '" + graph.name + "' takes features");
  }
  if (graph.input == GraphInput::kImage) {
    const int side = static_cast<int>(file.whole_number_or("size", 32, {1, kMaxImageSide}));
    return ImageSize{side, side, 3};
  }
  const int rate_hz = static_cast<int>(file.whole_number_or("sample_rate", 20000, {1, 1'000'000}));
  return AudioInput{rate_hz, static_cast<int>(file.whole_number_or("samples", usual_window_samples(rate_hz),
                                                                   {1, kMaxWindowSamples}))};
}

void read_networks(const TomlTable& file, NetworkSpace& space) {
  const int classes = static_cast<int>(file.whole_number_or("class_count", 10, {1, kMaxWidth}));
  for (const std::string& name : file.texts("networks")) {
    NetworkSpec spec{.class_count = classes, .graph = named_graph(name, classes)};
    spec.input = input_of(file, spec.graph);
    space.networks.push_back(space.form == Form::kXnor ? as_binary(std::move(spec)) : std::move(spec));
  }
  if (space.networks.empty()) file.fail("networks", "expected at least one network");
}

void read_widths(const TomlTable& file, NetworkSpace& space) {
  const std::optional<TomlTable> table = file.table("widths");
  if (!table) return;
  std::set<std::string> known;
  for (const NetworkSpec& spec : space.networks) {
    known.insert(spec.graph.width_names.begin(), spec.graph.width_names.end());
  }
  table->allow_only({known.begin(), known.end()});
  for (const std::string& name : table->keys()) {
    for (const std::int64_t width : table->whole_numbers(name, {1, kMaxWidth})) {
      space.widths[name].push_back(static_cast<int>(width));
    }
    if (space.widths[name].empty()) table->fail(name, "expected at least one width");
  }
}

void read_budget(const TomlTable& file, NetworkSpace& space) {
  const std::optional<TomlTable> table = file.table("budget");
  if (!table) file.fail("budget", "missing; expected a table with flash, ram, macs or instructions");
  table->allow_only({"flash", "ram", "macs", "instructions", "target"});
  constexpr std::int64_t kMax = 1'000'000'000'000;
  const auto bytes = [&](const char* key) -> std::optional<std::int64_t> {
    if (!table->has(key)) return std::nullopt;
    if (!table->is_text(key)) return table->whole_number_or(key, 0, {1, kMax});
    return parse_bytes(table->text(key), std::string("budget ") + key);
  };
  space.budget.flash_bytes = bytes("flash");
  space.budget.ram_bytes = bytes("ram");
  if (table->has("macs")) space.budget.macs = table->whole_number_or("macs", 0, {1, kMax});
  space.instructions = table->whole_number_or("instructions", 0, {1, kMax});
  if (!space.budget.any() && space.instructions == 0)
    file.fail("budget", "sets no limit; expected flash, ram, macs or instructions");
  space.target = table->text_or("target", space.instructions > 0 ? "cortex-m4" : "");
  if (!space.target.empty() && !find_board(space.target).emulated()) {
    table->fail("target", "expected an emulated core; instructions cannot be counted on the host");
  }
}

}  // namespace

NetworkSpace parse_network_space(std::string_view text, const std::string& where) {
  const toml::table parsed = parse_toml(text, where);
  const TomlTable file(parsed, where, "");
  file.allow_only({"name", "form", "networks", "sample_rate", "samples", "size", "class_count", "widths", "budget"});
  NetworkSpace space;
  constexpr std::size_t kLongest = kLongestPlanName - 5;  // so that NAME-1000 is valid in a plan
  space.name = checked_name(file, "name", file.text("name"), kLongest);
  space.form = form_of(file);
  read_networks(file, space);
  read_widths(file, space);
  read_budget(file, space);
  return space;
}

NetworkSpace read_network_space(const std::filesystem::path& path) {
  constexpr std::uint64_t kMaxBytes = 1 << 20;
  return parse_network_space(read_text_file(path, kMaxBytes), path.string());
}

}  // namespace stapes
