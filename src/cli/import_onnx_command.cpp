// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "compress/pack.h"
#include "data/class_names.h"
#include "graph/weights_file.h"
#include "import/onnx/onnx_network.h"
#include "packed/cost.h"
#include "packed/writer.h"
#include "stapes/version.h"

namespace stapes::cli {
namespace {
namespace fs = std::filesystem;

struct OnnxOptions {
  fs::path file, output, labels;
  int sample_rate_hz = 0;
  bool images = false;
};

// A name that a network may have.
std::string network_name(const fs::path& file) {
  std::string name = file.stem().string().substr(0, 60);
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; };
  std::ranges::replace_if(name, std::not_fn(fits), '_');
  return name.empty() ? "imported" : name;
}

OnnxNetwork import_network(const OnnxOptions& options, const OnnxImport& imported) {
  OnnxNetworkOptions wanted{.name = network_name(options.file)};
  if (options.images) wanted.input = GraphInput::kImage;
  if (options.sample_rate_hz > 0) wanted.input = GraphInput::kAudio;
  wanted.sample_rate_hz = options.sample_rate_hz;
  OnnxNetwork result = network_of(imported, wanted);
  TrainedNetwork& network = result.network;
  if (!options.labels.empty()) network.labels = read_class_names(options.labels, network.spec.class_count);
  network.provenance =
      nlohmann::json{{"tool", "stapes " STAPES_VERSION_STRING}, {"imported_from", options.file.filename().string()}}
          .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return result;
}

void print_network(const OnnxOptions& options, const OnnxImport& imported, const OnnxNetwork& result,
                   const Common& common) {
  const NetworkSpec& spec = result.network.spec;
  const FeatureSize size = input_size(spec.input);
  if (common.json) {
    nlohmann::json nodes = nlohmann::json::array();
    for (const auto& [name, from] : result.nodes) nodes.push_back({{"name", name}, {"onnx", from}});
    return print_json({{"file", options.output.string()},
                       {"input", {size.height, size.width, size.channels}},
                       {"input_dims", imported.input_dims},
                       {"classes", spec.class_count},
                       {"left_out", imported.left_out},
                       {"nodes", nodes}});
  }
  if (common.quiet) return;
  print_out("{}: {} nodes, {} of {} x {} x {}, {} classes\n", options.output.string(), spec.graph.nodes.size(),
            plural_of(spec.graph.input), size.height, size.width, size.channels, spec.class_count);
}

void import_onnx_file(const OnnxOptions& options, const Common& common) {
  refuse_existing(options.output, common.existing());
  refuse_own_input(options.output, {options.file, options.labels});
  const OnnxGraph graph = read_onnx(options.file);
  OnnxImport imported;
  OnnxNetwork result;
  try {
    imported = import_onnx(graph);
    result = import_network(options, imported);
    serialize_model(pack_network(result.network));  // what has no packed form is of no use
  } catch (const Error& error) {
    throw Error("{}: {}", options.file.string(), error.what());
  }
  if (!imported.left_out.empty()) {
    print_notice("note", fmt::format("left out node {}: the network gives scores, which rank classes as "
                                     "their probabilities do", imported.left_out));
  }
  write_network(options.output, result.network, common.existing());
  print_network(options, imported, result, common);
}

}  // namespace

void add_import_onnx_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<OnnxOptions>();
  CLI::App* command = add_common(app, "stapes import-onnx kws.onnx --labels words.txt -o kws.network", common);
  command->add_option("FILE", options->file, "model (.onnx) in float32")->required();
  command->add_option("--labels", options->labels, "file of class names, one per line (default class_0, class_1, ...)");
  CLI::Option* rate =
      command->add_option("--sample-rate", options->sample_rate_hz, "the input is audio with this rate in Hz")
          ->check(CLI::Range(400, 1000000));
  command->add_flag("--images", options->images, "the input is an image (default: features)")->excludes(rate);
  command->add_option("-o,--output", options->output, "network to write (.network)")->required();
  add_force(*command, common);
  command->callback([=] { import_onnx_file(*options, *common); });
}

}  // namespace stapes::cli
