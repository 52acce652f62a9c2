#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "audio/pcm16.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/progress.h"
#include "compress/pack.h"
#include "compress/quantize.h"
#include "data/training_samples.h"
#include "evaluate/packed_evaluation.h"
#include "network/lineage.h"
#include "network/weights_file.h"
#include "packed/model_file.h"
#include "packed/writer.h"

namespace stapes::cli {
namespace {
namespace fb = packed::fb;

struct QuantizeOptions {
  std::filesystem::path source, output;
  DataOptions data;
  int bits = 8;
  int calibration_samples = 320;
};

// The packed fp32 model of a run, or the model itself.
fb::ModelT full_precision_model(const std::filesystem::path& source) {
  const bool trained = std::filesystem::is_directory(source) || source.extension() == ".network";
  if (!trained) {
    const ModelFile file(source);
    fb::ModelT model;
    file.model().UnPackTo(&model);
    return model;
  }
  const TrainedNetwork network = read_network(source);
  if (network.spec.binary) throw Error("{} is a binary run; quantize takes a full-precision one", source.string());
  return pack_network(network);
}

// Calibration windows are augmented training samples, as in the published work.
CalibrationWindows calibration(const TrainingSamples& samples, int window_samples, std::size_t classes, int count,
                               Progress& progress) {
  return [=, &samples, &progress](const std::function<void(std::span<const std::int16_t>)>& use) {
    const std::size_t length = static_cast<std::size_t>(window_samples);
    std::vector<float> wave(length), target(classes);
    std::vector<std::int16_t> pcm(length);
    for (int i = 0; i < count; ++i) {
      samples.fill(0, static_cast<std::size_t>(i), 1, wave, target, 1);
      std::transform(wave.begin(), wave.end(), pcm.begin(), to_pcm16);
      use(pcm);
      progress.update(static_cast<std::size_t>(i) + 1);
    }
  };
}

void quantize(const QuantizeOptions& options, const Common& common) {
  if (options.bits != 8) throw UsageError("--bits {} is not supported; 8 is", options.bits);
  if (options.calibration_samples < 1) throw UsageError("--calibration must be at least 1");
  refuse_existing(options.output, common.existing());
  const fb::ModelT fp32 = full_precision_model(options.source);
  const ChosenData chosen(options.data);
  const ClipSet training = chosen.training();  // refuses a fold that is not there
  refuse_leak(read_ancestry(fp32.provenance), chosen.lineage(), options.source.string());
  check_fit({fp32.labels.begin(), fp32.labels.end()}, fp32.sample_rate_hz, training);
  const TrainingSamples samples(training, AugmentSpec{.window_samples = fp32.window_samples}, common.seed);
  Progress progress("calibrating", static_cast<std::size_t>(options.calibration_samples),
                    !common.quiet && !common.json);
  const fb::ModelT int8 = quantize_post_training(
      fp32, calibration(samples, fp32.window_samples, fp32.labels.size(), options.calibration_samples, progress));
  progress.finish();
  write_model(options.output, int8, common.existing());
  const auto bytes = std::filesystem::file_size(options.output);
  if (common.json) {
    print_json(nlohmann::json{{"file", options.output.string()},
                              {"route", "int8"},
                              {"file_bytes", bytes},
                              {"calibration_samples", options.calibration_samples}});
  } else if (!common.quiet) {
    fmt::print("{}: route int8, {} bytes, calibrated on {} augmented training samples\n", options.output.string(),
               bytes, options.calibration_samples);
  }
}

}  // namespace

void add_quantize_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<QuantizeOptions>();
  CLI::App* command =
      add_command(app, "quantize", "Quantizes a full-precision run or model to 8 bits, after training",
                  "stapes quantize runs/pruned --data esc50.data --classes esc10 --fold 4 -o int8.stapes", common);
  command->add_option("RUN|MODEL", options->source, "run folder or packed fp32 model")->required();
  command->add_option("--data", options->data.data, "data-set cache to calibrate on (training folds only)")->required();
  command->add_option("--classes", options->data.classes, "the model's classes")->capture_default_str();
  command->add_option("--fold", options->data.fold, "test fold, left out of calibration")->capture_default_str();
  command->add_option("--bits", options->bits, "bits of weights and activations")->capture_default_str();
  command->add_option("--calibration", options->calibration_samples, "augmented training samples to calibrate on")
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "packed model to write")->required();
  add_force(*command, common);
  command->callback([=] { quantize(*options, *common); });
}

}  // namespace stapes::cli
