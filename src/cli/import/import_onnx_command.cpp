// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "cli/import/imported_model.h"
#include "compress/pack.h"
#include "graph/weights_file.h"
#include "import/onnx/onnx_network.h"
#include "import/onnx/onnx_packed.h"
#include "packed/writer.h"

namespace stapes::cli {
namespace {
namespace fs = std::filesystem;

struct OnnxOptions {
  fs::path file, output, labels;
  int sample_rate_hz = 0;
  bool images = false;
};

// The file name as a valid network name.
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
  network.labels = imported_labels(options.labels, network.spec.class_count);
  network.provenance = import_provenance(options.file);
  serialize_model(pack_network(network));  // reject a network without a packed form
  return result;
}

packed::fb::ModelT import_model(const OnnxOptions& options, const OnnxImport& imported) {
  if (options.images || options.sample_rate_hz > 0) {
    throw UsageError("a quantized ONNX model takes features; leave out --images and --sample-rate");
  }
  packed::fb::ModelT model = packed_model_of(imported);
  model.labels = imported_labels(options.labels, imported.layers.back().out.channels);
  model.provenance = import_provenance(options.file);
  return model;
}

// A network or, from a quantized graph, a packed model.
struct Written {
  const char* kind;
  const char* parts;  // "nodes" or "layers"
  GraphInput input;
  std::vector<std::pair<std::string, std::string>> nodes;  // node or layer, and its ONNX node
};

void print_written(const OnnxOptions& options, const OnnxImport& imported, const Written& written,
                   const Common& common) {
  const FeatureSize& size = imported.input;
  const int classes = imported.layers.back().out.channels;
  if (common.json) {
    nlohmann::json nodes = nlohmann::json::array();
    for (const auto& [name, from] : written.nodes) nodes.push_back({{"name", name}, {"onnx", from}});
    return print_json({{"file", options.output.string()},
                       {"kind", written.kind},
                       {"input", {size.height, size.width, size.channels}},
                       {"input_dims", imported.input_dims},
                       {"classes", classes},
                       {"left_out", imported.left_out},
                       {"nodes", nodes}});
  }
  if (common.quiet) return;
  print_out("{}: {} {}, {} of {} x {} x {}, {} classes\n", options.output.string(), written.nodes.size(), written.parts,
            plural_of(written.input), size.height, size.width, size.channels, classes);
}

Written write_imported(const OnnxOptions& options, const OnnxImport& imported, const Common& common) {
  if (!imported.is_quantized()) {
    OnnxNetwork result = import_network(options, imported);
    write_network(options.output, result.network, common.existing());
    return {"network", "nodes", result.network.spec.graph.input, std::move(result.nodes)};
  }
  const packed::fb::ModelT model = import_model(options, imported);
  write_model(options.output, model, common.existing());
  Written written{"int8", "layers", GraphInput::kFeatures, {}};
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    written.nodes.emplace_back(model.layers[i]->name, imported.layers[i].node);
  }
  return written;
}

void import_onnx_file(const OnnxOptions& options, const Common& common) {
  refuse_existing(options.output, common.existing());
  refuse_own_input(options.output, {options.file, options.labels});
  const OnnxGraph graph = read_onnx(options.file);
  OnnxImport imported;
  Written written;
  try {
    imported = import_onnx(graph);
    written = write_imported(options, imported, common);
  } catch (const UsageError&) {
    throw;
  } catch (const Error& error) {
    throw Error("{}: {}", options.file.string(), error.what());
  }
  if (!imported.left_out.empty()) {
    print_notice("note",
                 fmt::format("left out node {}: the scores rank the classes in the same order as the probabilities",
                             imported.left_out));
  }
  print_written(options, imported, written, common);
}

}  // namespace

void add_import_onnx_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<OnnxOptions>();
  CLI::App* command = add_common(app, "stapes import-onnx kws.onnx --labels words.txt -o kws.network", common);
  command->add_option("FILE", options->file, "ONNX model in float32, or quantized to int8 (QDQ)")->required();
  command->add_option("--labels", options->labels, "File of class names, one per line (default class_0, class_1, ...)");
  CLI::Option* rate =
      command->add_option("--sample-rate", options->sample_rate_hz, "Sample rate of an audio input, in Hz")
          ->check(CLI::Range(400, 1000000));
  command->add_flag("--images", options->images, "Treat the input as an image")->excludes(rate);
  command
      ->add_option("-o,--output", options->output,
                   "Network to write (.network), or packed model (.stapes) if the ONNX model is int8")
      ->required();
  add_force(*command, common);
  command->callback([=] { import_onnx_file(*options, *common); });
}

}  // namespace stapes::cli
