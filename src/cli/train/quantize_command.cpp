// SPDX-License-Identifier: Apache-2.0
#include "cli/train/quantize_command.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/add_options.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/progress.h"
#include "cli/train/print_quantization.h"
#include "runs/quantize/quantize_model.h"
#include "runs/quantize/quantize_options.h"

namespace stapes::cli {
namespace {

struct QuantizeOptionsGiven {
  QuantizeRequest request;
  DataOptions data;
  std::filesystem::path features;
  GivenOptions<QuantizeSettings> settings;
};

Quantization quantize_with_progress(const QuantizeRequest& request, const QuantizeOptionsGiven& given,
                                    const AwareTrainer& trainer, const Common& common) {
  StageProgress progress(!common.quiet && !common.json);
  const QuantizeObserver observer{
      .progress = [&](const char* stage, std::size_t done, std::size_t total) { progress.update(stage, done, total); },
      .warning = [](const std::string& text) { print_note(fmt::format("warning: {}\n", text)); }};
  if (!given.features.empty()) return quantize_on_feature_file(request, given.features, observer);
  return quantize(request, choose_data(given.data, common), trainer, observer);
}

void run_quantize(const QuantizeOptionsGiven& given, const Common& common, const AwareTrainer& trainer) {
  QuantizeRequest request = given.request;
  given.settings.apply(request.settings);
  request.seed = common.seed;
  request.existing = common.existing();
  refuse_existing(request.output, request.existing);
  if (given.data.data.empty() && given.features.empty()) {
    throw UsageError("nothing to calibrate on; give --data or --features");
  }
  refuse_own_input(request.output, {request.source, given.data.data, given.features});
  const Quantization done = quantize_with_progress(request, given, trainer, common);
  if (done.aware) print_note(warning_of(*done.aware));
  if (common.json) {
    print_json(cli::to_json(done));
  } else if (!common.quiet) {
    print_out("{}", cli::to_text(done));
  }
}

void add_calibration_data(CLI::App& command, QuantizeOptionsGiven& given) {
  const Heading heading(command, "Data");
  CLI::Option* data =
      command.add_option("--data", given.data.data, "Data-set file to calibrate on; only its training folds are used");
  command.add_option("--features", given.features, "File of float32 features to calibrate on, one input after another")
      ->excludes(data);
  command.add_option("--classes", given.data.classes, "Classes of the model")->capture_default_str();
  command.add_option("--fold", given.data.fold, "Test fold, left out of calibration")->capture_default_str();
}

}  // namespace

bool quantize_needs_libtorch(const CLI::App& parsed) { return parsed.count("--aware") > 0; }

void add_quantize_command(CLI::App& app, const AwareTrainer& trainer) {
  const auto common = std::make_shared<Common>();
  const auto given = std::make_shared<QuantizeOptionsGiven>();
  QuantizeRequest& request = given->request;
  CLI::App* command =
      add_common(app, "stapes quantize runs/pruned --data esc50.data --classes esc10 --fold 4 -o int8.stapes", common);
  command->add_option("RUN|MODEL", request.source, "Run folder, network file or packed fp32 model")->required();
  {
    const Heading heading(*command, "Output");
    command->add_option("-o,--output", request.output, "Packed model to write")->required();
    add_force(*command, common);
  }
  add_calibration_data(*command, *given);
  add_options<QuantizeSettings>(*command, kQuantize, {given, &given->settings});
  for (CLI::Option* option : command->get_options()) {
    if (option->get_group() == to_string(OptionGroup::kAware)) option->needs(command->get_option("--aware"));
  }
  command->callback([=] { run_quantize(*given, *common, trainer); });
}

}  // namespace stapes::cli
