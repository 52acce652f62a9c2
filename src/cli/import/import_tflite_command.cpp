// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/names.h"
#include "cli/command.h"
#include "cli/import/imported_model.h"
#include "import/tflite_import.h"
#include "packed/writer.h"

namespace stapes::cli {
namespace {
namespace fs = std::filesystem;

struct TfliteOptions {
  fs::path file, output, labels;
  TfliteRounding rounding = TfliteRounding::kTflm;
};

void import(const TfliteOptions& options, const Common& common) {
  refuse_existing(options.output, common.existing());
  refuse_own_input(options.output, {options.file, options.labels});
  const TfliteFile file(options.file);
  TfliteImport imported;
  try {
    imported = import_tflite(file, options.rounding);
  } catch (const Error& error) {
    throw Error("{}: {}", options.file.string(), error.what());
  }
  imported.model.labels = imported_labels(options.labels, imported.classes);
  imported.model.provenance = import_provenance(options.file);
  write_model(options.output, imported.model, common.existing());
  const auto bytes = fs::file_size(options.output);
  const fs::path shown = options.output;
  const auto& input = *imported.model.tensors.front();
  if (common.json) {
    print_json({{"file", shown.string()},
                {"file_bytes", bytes},
                {"input", {input.height, input.width, input.channels}},
                {"classes", imported.classes},
                {"uint8_input", imported.uint8_input},
                {"uint8_output", imported.uint8_output},
                {"operators", imported.operators}});
  } else if (!common.quiet) {
    print_out("{}: {} layers, features of {} x {} x {}, {} classes, {} bytes\n", shown.string(),
              imported.model.layers.size(), input.height, input.width, input.channels, imported.classes, bytes);
    if (imported.uint8_input || imported.uint8_output) {
      print_out(
          "converted the file's uint8 {} to int8 by subtracting 128 (`stapes run --uint8` reads and writes uint8)\n",
          !imported.uint8_output  ? "input"
          : !imported.uint8_input ? "output"
                                  : "input and output");
    }
  }
}

}  // namespace

void add_import_tflite_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<TfliteOptions>();
  CLI::App* command = add_common(app, "stapes import-tflite kws.tflite --labels words.txt -o kws.stapes", common);
  command
      ->add_option("FILE", options->file,
                   "TensorFlow Lite model (.tflite) with int8 or float32 weights and activations")
      ->required();
  command->add_option("--labels", options->labels, "File of class names, one per line (default class_0, class_1, ...)");
  command->add_option_function<std::string>(
      "--rounding",
      [=](const std::string& text) { options->rounding = parse_name<TfliteRounding>(text, "--rounding value"); },
      "Rounding of fully connected layers, as in TensorFlow Lite Micro or in LiteRT (no fast kernels) " +
          braced(names_of<TfliteRounding>()) + " (default tflm)");
  command->add_option("-o,--output", options->output, "Packed model to write")->required();
  add_force(*command, common);
  command->callback([=] { import(*options, *common); });
}

}  // namespace stapes::cli
