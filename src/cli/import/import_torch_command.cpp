// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "cli/import/imported_model.h"
#include "compress/pack.h"
#include "data/class_names.h"
#include "graph/weights_file.h"
#include "import/acdnet_import.h"
#include "packed/writer.h"
#include "runs/run_folder.h"

namespace stapes::cli {
namespace {
namespace fs = std::filesystem;

struct ImportOptions {
  fs::path file, output, run, labels;
  int sample_rate_hz = 20000;
  int window_samples = 30225;
};

TrainedNetwork import_network(const ImportOptions& options) {
  const StateDict state = read_state_dict(options.file);
  TrainedNetwork network;
  std::vector<std::string> left_out;
  try {
    network = network_from_state_dict(state, options.sample_rate_hz, options.window_samples, &left_out);
  } catch (const Error& error) {
    throw Error("{}: {}", options.file.string(), error.what());
  }
  for (const std::string& name : left_out) {
    print_notice("warning",
                 fmt::format("{}: tensor {} is not part of the network and was left out", options.file.string(), name));
  }
  if (!options.labels.empty()) network.labels = read_class_names(options.labels, network.spec.class_count);
  network.provenance = import_provenance(options.file);
  return network;
}

// Writes a run folder with only the weights and their metadata.
void write_run(const fs::path& run, const TrainedNetwork& network, Existing existing) {
  write_folder(run, existing, kConfigFileName, [&](const fs::path& partial) {
    write_network(partial / kWeightsFileName, network, Existing::kRefuse);
    const NetworkSpec& spec = network.spec;
    const nlohmann::json config = {{"sample_rate_hz", sample_rate_hz(spec.input)},
                                   {"window_samples", input_values(spec.input)},
                                   {"class_count", spec.class_count},
                                   {"widths", spec.graph.widths},
                                   {"binary", spec.binary},
                                   {"provenance", nlohmann::json::parse(network.provenance)}};
    write_text_file(partial / kConfigFileName, config.dump(2) + "\n", Existing::kRefuse);
  });
}

void import_torch(const ImportOptions& options, const Common& common) {
  refuse_existing(options.output, common.existing());
  refuse_own_input(options.output, {options.file, options.labels});
  if (!options.run.empty()) {
    refuse_existing(options.run, common.existing());
    refuse_own_input(options.run, {options.file, options.labels});
  }
  const TrainedNetwork network = import_network(options);
  const auto model = pack_network(network);
  if (!options.run.empty()) write_run(options.run, network, common.existing());
  write_model(options.output, model, common.existing());

  std::size_t parameters = 0;
  for (const auto& [name, tensor] : network.tensors) {
    if (name.find(".running_") == std::string::npos) parameters += tensor.values.size();
  }
  if (common.json) {
    const nlohmann::json result = {{"file", options.output.string()},
                                   {"file_bytes", fs::file_size(options.output)},
                                   {"route", network.spec.binary ? "xnor" : "fp32"},
                                   {"classes", network.spec.class_count},
                                   {"parameters", parameters},
                                   {"widths", network.spec.graph.widths}};
    print_json(result);
  } else if (!common.quiet) {
    print_out("{}: {} ACDNet, {} classes, {} parameters, {} samples at {} Hz\n", options.output.string(),
              network.spec.binary ? "binary" : "full-precision", network.spec.class_count, parameters,
              input_values(network.spec.input), sample_rate_hz(network.spec.input));
  }
}

}  // namespace

void add_import_torch_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<ImportOptions>();
  CLI::App* command =
      add_common(app, "stapes import-torch acdnet20.pt --sample-rate 44100 --samples 66650 -o acdnet20.stapes", common);
  command
      ->add_option(
          "FILE", options->file,
          "State dict or checkpoint from torch.save (.pt, .pth, .ckpt; zip or legacy format), or safetensors file")
      ->required();
  command
      ->add_option("--sample-rate", options->sample_rate_hz,
                   "Sample rate the network was trained at, in Hz; the file does not contain it")
      ->check(CLI::Range(400, 1000000))
      ->capture_default_str();
  command->add_option("--samples", options->window_samples, "Length of the input window, in samples")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--labels", options->labels, "File of class names, one per line (default class_0, class_1, ...)");
  command->add_option("-o,--output", options->output, "Packed model to write")->required();
  command->add_option("--run", options->run, "Run folder to create with the same weights");
  add_force(*command, common);
  command->callback([=] { import_torch(*options, *common); });
}

}  // namespace stapes::cli
