// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "cli/command.h"
#include "cli/window_text.h"
#include "compress/budget.h"
#include "compress/packed_graph.h"
#include "graph/binary_form.h"
#include "graph/geometry.h"
#include "graph/graph_toml.h"
#include "graph/networks.h"

namespace stapes::cli {
namespace {

struct NetworkOptions {
  std::string name;
  int sample_rate_hz = 20000, window_samples = 0, image_side = 32, class_count = 10;
  std::vector<int> features = {49, 10, 1};
  bool toml = false;
};

// One node, as printed.
struct NetworkRow {
  std::string name, window, output, binary;
  std::int64_t parameters = 0, macs = 0;
};

NetworkSpec spec_of(const NetworkOptions& options) {
  NetworkSpec spec{.class_count = options.class_count};
  spec.graph = named_graph(options.name, options.class_count);
  if (spec.graph.input == GraphInput::kImage) {
    spec.input = ImageSize{options.image_side, options.image_side, 3};
  } else if (spec.graph.input == GraphInput::kFeatures) {
    spec.input = FeatureSize{options.features.at(0), options.features.at(1), options.features.at(2)};
  } else {
    spec.input =
        AudioInput{options.sample_rate_hz,
                   options.window_samples > 0 ? options.window_samples : usual_window_samples(options.sample_rate_hz)};
  }
  return spec;
}

// The effect of --binary on a convolution.
std::string binary_text(const NetworkSpec& spec, const std::string& name) {
  const int node = node_called(spec.graph, name);
  const std::string reason = not_binary_because(spec.graph, node);
  if (!reason.empty()) return "never: " + reason;
  const std::vector<std::string> kept = usual_keep_8_bit(spec.graph);
  return std::ranges::find(kept, name) == kept.end() ? "bits" : "8 bits by default";
}

NetworkRow conv_row(const NetworkSpec& spec, const ConvGeometry& conv) {
  const bool dense = spec.graph.nodes[static_cast<std::size_t>(node_called(spec.graph, conv.name))].dense;
  NetworkRow row{
      .name = conv.name,
      .window = dense ? "linear"
                      : window_text(window_of(conv), {conv.end_pad_h(), conv.end_pad_w()}, conv.groups, conv.depthwise),
      .output = {},
      .binary = binary_text(spec, conv.name)};
  const int norm = conv.norm.empty() ? conv.out_channels : 2 * conv.out_channels;  // the bias, or scale and shift
  row.parameters = std::int64_t{conv.out_channels} * conv.taps() + norm;
  row.macs = conv.multiply_adds();
  return row;
}

Pooling pooling_of(const GraphStep& step) {
  return {.kind = step.kind == GraphStep::Kind::kMaxPool ? "max" : "mean",
          .kernel_h = step.pool_h,
          .kernel_w = step.pool_w,
          .stride_h = step.stride_h,
          .stride_w = step.stride_w,
          .pad_h = step.pad_h,
          .pad_w = step.pad_w,
          .end_pads = {step.end_pad_h, step.end_pad_w}};
}

std::string step_text(const GraphStep& step) {
  switch (step.kind) {
    case GraphStep::Kind::kTranspose:
      return "transpose";
    case GraphStep::Kind::kAdd:
      return "add";
    case GraphStep::Kind::kAveragePool:
    case GraphStep::Kind::kMaxPool:
      return pooling_text(pooling_of(step));
    case GraphStep::Kind::kDropout:
      return "dropout";
    case GraphStep::Kind::kConv:
      break;
  }
  return "conv";
}

std::vector<NetworkRow> rows_of(const NetworkSpec& spec) {
  const NetworkGeometry geometry = network_geometry(spec);
  std::vector<NetworkRow> rows;
  for (const GraphStep& step : geometry.steps) {
    NetworkRow row{.name = step.name, .window = step_text(step), .output = {}, .binary = {}};
    if (step.kind == GraphStep::Kind::kConv) row = conv_row(spec, geometry.convs[static_cast<std::size_t>(step.conv)]);
    row.output = fmt::format("{}x{}x{}", step.out_h, step.out_w, step.out_channels);
    rows.push_back(std::move(row));
  }
  if (!geometry.average_name.empty()) {
    rows.push_back({.name = geometry.average_name,
                    .window = fmt::format("mean {}x{}", geometry.average_h, geometry.average_w),
                    .output = fmt::format("1x1x{}", geometry.head_inputs),
                    .binary = {}});
  }
  const std::int64_t weights = std::int64_t{spec.class_count} * geometry.head_inputs;
  rows.push_back({.name = "head",
                  .window = "linear",
                  .output = fmt::format("1x1x{}", spec.class_count),
                  .binary = "never: it computes the scores",
                  .parameters = weights + spec.class_count,
                  .macs = weights});
  return rows;
}

// The requirements of a packed form, or why they are unknown.
struct Needs {
  std::optional<DeviceNeeds> found;
  std::string why_not;
};

template <class Find>
Needs needs_of(const Find& find, std::int64_t macs) {
  constexpr std::int64_t kMaxMacs = 4'000'000'000;  // the network is run once to find its ranges
  if (macs > kMaxMacs) return {std::nullopt, "not computed above 4 GMACs"};
  try {
    return {find(), ""};
  } catch (const Error& error) {
    return {std::nullopt, error.what()};
  }
}

nlohmann::json to_json(const Needs& needs) {
  if (!needs.found) return nullptr;
  return {
      {"flash_bytes", needs.found->flash_bytes}, {"arena_bytes", needs.found->ram_bytes}, {"macs", needs.found->macs}};
}

void print_needs(const char* form, const Needs& needs) {
  if (needs.found) {
    print_out("{:<7} file {} bytes, arena {} bytes\n", fmt::format("{}:", form), needs.found->flash_bytes,
              needs.found->ram_bytes);
  } else {
    print_out("{:<7} no figures: {}\n", fmt::format("{}:", form), needs.why_not);
  }
}

void print_rows(const std::vector<NetworkRow>& rows) {
  std::size_t name_width = 4;
  for (const NetworkRow& row : rows) name_width = std::max(name_width, row.name.size());
  constexpr auto kRow = "{:<{}}  {:<30} {:>14} {:>10} {:>12}  {}\n";
  print_out(kRow, "node", name_width, "what", "output HxWxC", "parameters", "MACs", "with --binary");
  for (const NetworkRow& row : rows) {
    const bool counts = row.parameters > 0;
    print_out(kRow, row.name, name_width, row.window, row.output, counts ? std::to_string(row.parameters) : "",
              counts ? std::to_string(row.macs) : "", row.binary);
  }
}

void network(const NetworkOptions& options, const Common& common) {
  const NetworkSpec spec = spec_of(options);
  if (options.toml) return print_out(graph_text(spec.graph));
  const std::vector<NetworkRow> rows = rows_of(spec);
  std::int64_t parameters = 0, macs = 0;
  for (const NetworkRow& row : rows) {
    parameters += row.parameters;
    macs += row.macs;
  }
  const Needs int8 = needs_of([&] { return int8_needs(untrained(spec)); }, macs);
  const Needs binary = needs_of([&] { return binary_needs(untrained(as_binary(spec))); }, macs);
  if (common.json) {
    nlohmann::json nodes = nlohmann::json::array();
    for (const NetworkRow& row : rows) {
      nodes.push_back({{"name", row.name},
                       {"what", row.window},
                       {"output", row.output},
                       {"parameters", row.parameters},
                       {"macs", row.macs},
                       {"binary", row.binary}});
    }
    return print_json({{"network", spec.graph.name},
                       {"widths", spec.graph.widths},
                       {"parameters", parameters},
                       {"macs", macs},
                       {"int8", to_json(int8)},
                       {"binary", to_json(binary)},
                       {"nodes", nodes}});
  }
  print_rows(rows);
  print_out("\n{} parameters, {:.3g} M MACs\n", parameters, static_cast<double>(macs) / 1e6);
  print_needs("int8", int8);
  print_needs("binary", binary);
}

}  // namespace

void add_network_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<NetworkOptions>();
  CLI::App* command = add_common(app, "stapes network ds-cnn --sample-rate 16000 --class-count 12", common);
  command->add_option("NETWORK", options->name, "Network: " + model_help())->required()->type_name("NETWORK");
  command->add_option("--sample-rate", options->sample_rate_hz, "Audio: sample rate, in Hz")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000));
  command->add_option("--samples", options->window_samples, "Audio: window length, in samples (default: as for train)")
      ->check(CLI::Range(1, kMaxWindowSamples));
  command->add_option("--size", options->image_side, "Images: height and width, in pixels (RGB)")
      ->capture_default_str()
      ->check(CLI::Range(1, kMaxImageSide));
  command->add_option("--features", options->features, "Features: height, width and channels, e.g. 49,10,1")
      ->delimiter(',')
      ->expected(3)
      ->capture_default_str()
      ->check(CLI::Range(1, kMaxWindowSamples));
  command->add_option("--class-count", options->class_count, "Number of classes")
      ->capture_default_str()
      ->check(CLI::Range(1, kMaxWidth));
  command->add_flag("--toml", options->toml, "Print the network as TOML with blocks expanded");
  command->callback([=] { network(*options, *common); });
}

}  // namespace stapes::cli
