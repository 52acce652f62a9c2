// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "import/onnx/onnx_export.h"
#include "packed/model_file.h"

namespace stapes::cli {
namespace {
namespace fs = std::filesystem;

struct ExportOnnxOptions {
  fs::path model, output;
};

void export_onnx_file(const ExportOnnxOptions& options, const Common& common) {
  refuse_existing(options.output, common.existing());
  refuse_own_input(options.output, {options.model});
  const ModelFile model(options.model);
  std::string bytes;
  try {
    bytes = export_onnx(model.model());
  } catch (const Error& error) {
    throw Error("{}: {}", model.name(), error.what());
  }
  write_file(options.output, std::as_bytes(std::span(bytes)), common.existing());
  if (common.json) {
    print_json({{"file", options.output.string()}, {"file_bytes", bytes.size()}});
  } else if (!common.quiet) {
    print_out("{}: {} layers, {} bytes\n", options.output.string(), model.model().layers()->size(), bytes.size());
  }
}

}  // namespace

void add_export_onnx_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<ExportOnnxOptions>();
  CLI::App* command = add_common(app, "stapes export-onnx kws.stapes -o kws.onnx", common);
  command->add_option("MODEL", options->model, "Packed fp32 or int8 model")->required();
  command->add_option("-o,--output", options->output, "ONNX model to write")->required();
  add_force(*command, common);
  command->callback([=] { export_onnx_file(*options, *common); });
}

}  // namespace stapes::cli
