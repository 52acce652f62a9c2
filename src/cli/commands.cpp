// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include "cli/command.h"
#include "cli/train/quantize_command.h"

namespace stapes::cli {
namespace {

constexpr const char* kDataGroup = "Data and networks";
constexpr const char* kTrainingGroup = "Training and compression";
constexpr const char* kModelsGroup = "Packed models";
constexpr const char* kDevicesGroup = "Small processors";
constexpr const char* kStudiesGroup = "Studies";
constexpr const char* kHelpGroup = "Help";
constexpr const char* kHidden = "";

bool never(const CLI::App&) { return false; }
bool always(const CLI::App&) { return true; }

}  // namespace

std::vector<Command> commands(const TrainingFunctions& training) {
  const auto add_quantize = [=](CLI::App& command) { add_quantize_command(command, training.train_aware); };
  const auto add_train = [=](CLI::App& command) { add_train_command(command, training.train); };
  const auto add_prune = [=](CLI::App& command) { add_prune_command(command, training.prune); };
  const auto add_sensitivity = [=](CLI::App& command) { add_sensitivity_command(command, training.sensitivity); };
  const auto add_eval = [=](CLI::App& command) { add_eval_command(command, training.eval_run); };
  return {
      {"data", "Create, inspect and unpack data sets", kDataGroup, add_data_commands, never},
      {"network", "Show the nodes, shapes and costs of a network without training it", kDataGroup, add_network_command,
       never},
      {"import-torch", "Import ACDNet weights saved by PyTorch, without executing code from the file", kDataGroup,
       add_import_torch_command, never},
      {"import-onnx", "Import an ONNX model: float32 as a network to quantize, prune or train; int8 as a packed model",
       kDataGroup, add_import_onnx_command, never},
      {"import-tflite", "Import a TensorFlow Lite model, int8 or float32", kDataGroup, add_import_tflite_command,
       never},
      {"train", "Train a classifier for raw audio, images or features, in full precision or binary (XNOR)",
       kTrainingGroup, add_train, always},
      {"prune", "Remove the least important filters or weights of a run, then train the rest", kTrainingGroup,
       add_prune, always},
      {"sensitivity", "Choose which convolutions of a binary network to keep in 8 bits", kTrainingGroup,
       add_sensitivity, always},
      {"quantize", "Quantize a full-precision run or model to 8 bits, with or without training (--aware)",
       kTrainingGroup, add_quantize, quantize_needs_libtorch},
      {"pack", "Write a trained run as a packed model (fp32 or xnor)", kTrainingGroup, add_pack_command, never},
      {"info", "Show the layers, parameters, operations and bytes of a packed model", kModelsGroup, add_info_command,
       never},
      {"eval", "Measure the accuracy of a packed model, or of a run before and after packing", kModelsGroup, add_eval,
       eval_needs_libtorch},
      {"verdict", "Pick the model to ship from a study and show its cost, or compare packed models on the same clips",
       kModelsGroup, add_verdict_command, never},
      {"classify", "Print the most probable class of each sound file and its probability (10 crops)", kModelsGroup,
       add_classify_command, never},
      {"listen", "Detect classes in sound: live, from files or from a pipe", kModelsGroup, add_listen_command, never},
      {"demo", "Write a page that runs a model in a browser, on microphone input and on sound files", kModelsGroup,
       add_demo_command, never},
      {"eval-detector", "Measure the false accepts per hour and the misses of a detector at every threshold",
       kModelsGroup, add_eval_detector_command, never},
      {"run", "Run a packed model on one raw input", kModelsGroup, add_run_command, never},
      {"bench", "Time a packed model on this machine, layer by layer, and compare it with the machine's limits",
       kModelsGroup, add_bench_command, never},
      {"export", "Write a packed model as C++ sources for a small processor, with a C header", kDevicesGroup,
       add_export_command, never},
      {"export-onnx", "Convert a packed fp32 or int8 model to ONNX", kModelsGroup, add_export_onnx_command, never},
      {"measure", "Run a packed model on an emulated core, measure instructions, flash and RAM, and verify its results",
       kDevicesGroup, add_measure_command, never},
      {"search", "Find the networks that make the best use of a flash, RAM and instruction budget, before any training",
       kStudiesGroup, add_search_command, never},
      {"new", "Write a study plan for a folder of clips, with its defaults explained", kStudiesGroup, add_new_command,
       never},
      {"study",
       "Train and compare a grid of networks, routes, class subsets, folds and seeds; resume it if interrupted",
       kStudiesGroup, add_study_command, never},
      {"report", "Write the results of a study as one self-contained HTML page", kStudiesGroup, add_report_command,
       never},
      {"advise", "Recommend the best model in a study that fits a chip", kStudiesGroup, add_advise_command, never},
      {"completion", "Print a shell script that completes commands, options and values", kHelpGroup,
       add_completion_command, never},
      {"man", "Print the manual page of a command, or write the pages of all commands", kHelpGroup, add_man_command,
       never},
      {"study-cell", "Run one cell of a study (started by `stapes study`)", kHidden, add_study_cell_command, never},
  };
}

void add_commands(CLI::App& app, const std::vector<Command>& commands, const BeforeCommand& before) {
  for (const Command& command : commands) {
    CLI::App* parsed = app.add_subcommand(command.name, command.help)->group(command.group);
    command.add(*parsed);
    parsed->parse_complete_callback([=] { before(command, *parsed); });
  }
}

}  // namespace stapes::cli
