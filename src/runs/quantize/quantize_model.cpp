// SPDX-License-Identifier: Apache-2.0
#include "runs/quantize/quantize_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "compress/pack.h"
#include "data/make_samples.h"
#include "evaluate/packed_evaluation.h"
#include "graph/weights_file.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runs/lineage.h"
#include "runs/quantize/calibration_samples.h"
#include "runs/quantize/feature_file.h"

namespace stapes {
namespace {
namespace fb = packed::fb;

constexpr int kReportSamples = 32;  // other samples change the means by a few tenths of a dB

// As given (names or "none"), otherwise as marked in the network.
std::vector<std::string> kept_in_float(const QuantizeSettings& settings, const std::vector<std::string>& usual) {
  if (!settings.keep_fp32) return usual;
  return *settings.keep_fp32 == std::vector<std::string>{"none"} ? std::vector<std::string>{} : *settings.keep_fp32;
}

// Packed from a run or read from a packed file.
struct FullPrecision {
  fb::ModelT model;
  std::vector<std::string> keep_fp32 = {};  // kept in float by default
};

FullPrecision full_precision_model(const std::filesystem::path& source) {
  const bool trained = std::filesystem::is_directory(source) || source.extension() == ".network";
  if (!trained) {
    const ModelFile file(source);
    fb::ModelT model;
    file.model().UnPackTo(&model);
    if (model.route != "fp32") {
      throw Error("{} is already {}; quantize takes the original fp32 model or run", source.string(), model.route);
    }
    return {std::move(model)};
  }
  const TrainedNetwork network = read_network(source);
  if (network.spec.binary) throw Error("{} is a binary run; quantize takes a full-precision run", source.string());
  return {pack_network(network), usual_keep_fp32(network.spec.graph)};
}

// Drops deep nesting and provenance that is not a JSON object.
std::string with_quantization(const std::string& provenance, const QuantizeSettings& settings,
                              nlohmann::json calibration, const std::optional<AwareOutcome>& aware) {
  const auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth < 16; };
  nlohmann::json json = nlohmann::json::parse(provenance, shallow, /*allow_exceptions=*/false);
  if (!json.is_object()) json = nlohmann::json::object();
  json["quantization"] = options_json(settings.options);
  json["calibration"] = std::move(calibration);
  if (aware) {
    const AwareTraining& training = settings.aware.training;
    json["aware_training"] = {{"epochs", training.epochs},
                              {"batch", training.batch_size},
                              {"learning_rate", training.learning_rate},
                              {"teacher_weight", training.teacher_weight},
                              {"select", to_string(settings.aware.select)},
                              {"kept", aware->kept}};
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

InputKind kind_of(const fb::ModelT& model) {
  if (model.features) return InputKind::kFeatures;
  return model.sample_rate_hz == 0 ? InputKind::kImage : InputKind::kSound;
}

// Throws UsageError if the network was trained on the test clips or the fold is missing, Error if the clips do not fit
// the network.
ClipSet training_clips(const fb::ModelT& fp32, const ChosenData& chosen, const std::string& name) {
  ClipSet training = chosen.training();
  refuse_leak(read_ancestry(fp32.provenance), chosen.lineage(), name);
  const fb::TensorT& input = *fp32.tensors.front();
  check_fit({fp32.labels.begin(), fp32.labels.end()},
            {kind_of(fp32), fp32.sample_rate_hz, {input.height, input.width, input.channels}}, training);
  return training;
}

std::function<void(std::size_t)> stage(const QuantizeObserver& observer, const char* name, int total) {
  return [&observer, name, total](std::size_t done) {
    if (observer.progress) observer.progress(name, done, static_cast<std::size_t>(total));
  };
}

void warn_if_incomplete(const CalibrationSamples& samples, int count, const QuantizeObserver& observer) {
  const std::string missing = samples.missing_classes();
  if (missing.empty() || !observer.warning) return;
  observer.warning(fmt::format(
      "no calibration sample contains {}: activations on such clips may be clipped; raise --calibration (now {}) "
      "or add such clips to the training data",
      missing, count));
}

void write_quantized(const fb::ModelT& int8, const QuantizeRequest& request, Quantization& done) {
  write_model(request.output, int8, request.existing);
  done.file_bytes = std::filesystem::file_size(request.output);
}

}  // namespace

nlohmann::json options_json(const QuantizeOptions& options) {
  return {{"weights", to_string(options.weights)},
          {"observer", to_string(options.observer)},
          {"input_bits", options.input_bits},
          {"keep_fp32", options.keep_fp32},
          {"wide", options.wide_to}};
}

Quantization quantize(const QuantizeRequest& given, const ChosenData& chosen, const AwareTrainer& trainer,
                      const QuantizeObserver& observer) {
  QuantizeRequest request = given;
  QuantizeSettings& settings = request.settings;
  check_bounds(settings);
  if (settings.aware.wanted && !trainer)
    throw Error("quantization-aware training needs libtorch; build with -DSTAPES_TRAINING=ON");
  auto [fp32, usual_keep_fp32] = full_precision_model(request.source);
  settings.options.keep_fp32 = kept_in_float(settings, usual_keep_fp32);
  const AwareClips clips = divide_clips(settings.aware, training_clips(fp32, chosen, request.source.string()));
  const auto augmented = make_samples(clips.training, {.window_samples = fp32.window_samples}, request.seed);
  CalibrationSamples samples(*augmented, request.seed);
  const int calibration = settings.calibration_samples;
  const auto calibrating = stage(observer, "calibrating", calibration);
  fb::ModelT int8 =
      fp32.features ? quantize_on_features(fp32, samples.feature_windows(0, calibration, calibrating), settings.options)
                    : quantize_post_training(fp32, samples.windows(0, calibration, calibrating), settings.options);
  warn_if_incomplete(samples, calibration, observer);
  Quantization done{
      .file = request.output,
      .options = settings.options,
      .kind = chosen.clips.kind(),
      .calibrated_on = chosen.clips.kind() == InputKind::kSound ? "augmented training samples" : "training samples",
      .calibration_samples = calibration,
      .report_samples = kReportSamples};
  if (settings.aware.wanted) {
    const auto trained = stage(observer, "training", settings.aware.training.epochs);
    done.aware = make_aware(fp32, int8, settings.options.weights, settings.aware, *augmented, clips, chosen.test(),
                            trainer, [&](int epoch) { trained(static_cast<std::size_t>(epoch)); });
  }
  const Lineage lineage = chosen.lineage();
  int8.provenance = with_quantization(fp32.provenance, settings,
                                      {{"data_hash", lineage.data_hash},
                                       {"test_fold", lineage.test_fold},
                                       {"samples", calibration},
                                       {"seed", request.seed}},
                                      done.aware);
  const auto comparing = stage(observer, "comparing", kReportSamples);
  done.errors = fp32.features ? layer_errors_on_features(
                                    fp32, int8, samples.feature_windows(calibration, kReportSamples, comparing))
                              : layer_errors(fp32, int8, samples.windows(calibration, kReportSamples, comparing));
  write_quantized(int8, request, done);
  return done;
}

Quantization quantize_on_feature_file(const QuantizeRequest& given, const std::filesystem::path& features,
                                      const QuantizeObserver& observer) {
  QuantizeRequest request = given;
  QuantizeSettings& settings = request.settings;
  check_bounds(settings);
  if (settings.aware.wanted)
    throw UsageError("--aware trains on a data set, but --features only calibrates; use --data");
  const auto [fp32, usual_keep_fp32] = full_precision_model(request.source);
  if (!fp32.features) throw UsageError("{} does not take features; use --data", request.source.string());
  settings.options.keep_fp32 = kept_in_float(settings, usual_keep_fp32);
  const FeatureFile file(features, static_cast<std::size_t>(fp32.window_samples));
  const std::size_t comparing = std::clamp<std::size_t>(file.count() / 4, 1, kReportSamples);
  const std::size_t calibrating = file.count() - comparing;
  Quantization done{.file = request.output,
                    .options = settings.options,
                    .kind = InputKind::kFeatures,
                    .calibrated_on = "windows of features",
                    .calibration_samples = static_cast<int>(calibrating),
                    .report_samples = static_cast<int>(comparing)};
  const auto calibrated = stage(observer, "calibrating", done.calibration_samples);
  fb::ModelT int8 = quantize_on_features(fp32, file.windows(0, calibrating, calibrated), settings.options);
  int8.provenance = with_quantization(fp32.provenance, settings,
                                      {{"features", features.filename().string()}, {"samples", calibrating}}, {});
  const auto compared = stage(observer, "comparing", done.report_samples);
  done.errors = layer_errors_on_features(fp32, int8, file.windows(calibrating, comparing, compared));
  write_quantized(int8, request, done);
  return done;
}

}  // namespace stapes
