// SPDX-License-Identifier: Apache-2.0
#include "cli/quantize_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "audio/pcm16.h"
#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "cli/data_options.h"
#include "cli/given_options.h"
#include "cli/print_quantization.h"
#include "cli/progress.h"
#include "compress/pack.h"
#include "compress/quantize.h"
#include "data/make_samples.h"
#include "data/shuffled_index.h"
#include "evaluate/packed_evaluation.h"
#include "graph/weights_file.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runs/lineage.h"
#include "runs/quantize_options.h"

namespace stapes::cli {
namespace {
namespace fb = packed::fb;

constexpr int kReportSamples = 32;  // their mean moves by a few tenths of a dB with other 32

struct QuantizeRequest {
  std::filesystem::path source, output, features;
  DataOptions data;
  std::shared_ptr<GivenOptions<QuantizeSettings>> given = std::make_shared<GivenOptions<QuantizeSettings>>();
};

// What stays in float: layers by name, none, or what the nodes of the network say.
std::vector<std::string> kept_in_float(const QuantizeSettings& settings, const std::vector<std::string>& usual) {
  if (!settings.keep_fp32) return usual;
  return *settings.keep_fp32 == std::vector<std::string>{"none"} ? std::vector<std::string>{} : *settings.keep_fp32;
}

// The packed fp32 model of a run, or the model itself.
struct FullPrecision {
  fb::ModelT model;
  std::vector<std::string> keep_fp32 = {};  // usually
};

FullPrecision full_precision_model(const std::filesystem::path& source) {
  const bool trained = std::filesystem::is_directory(source) || source.extension() == ".network";
  if (!trained) {
    const ModelFile file(source);
    fb::ModelT model;
    file.model().UnPackTo(&model);
    if (model.route != "fp32") {
      throw Error("{} is already of route {}; quantize takes the fp32 model or run it came from", source.string(),
                  model.route);
    }
    return {std::move(model)};
  }
  const TrainedNetwork network = read_network(source);
  if (network.spec.binary) throw Error("{} is a binary run; quantize takes a full-precision one", source.string());
  return {pack_network(network), usual_keep_fp32(network.spec.graph)};
}

// What a network is calibrated on, numbered: of sound augmented training samples, as in the published work; of images
// the images themselves, in the order of a training epoch, since that is what a device is shown.
class Samples {
 public:
  Samples(const SampleSource& samples, const Common& common)
      : samples_(samples), common_(common), heard_(samples.class_count()) {}

  // Numbers [first, first + count).
  CalibrationWindows windows(const char* label, int first, int count) {
    return [=, this](const std::function<void(std::span<const std::int16_t>)>& use) {
      Progress progress(label, static_cast<std::size_t>(count), !common_.quiet && !common_.json);
      for (int i = 0; i < count; ++i) {
        use(samples_.clips().image ? image(first + i) : sound(first + i));
        progress.update(static_cast<std::size_t>(i) + 1);
      }
    };
  }

  // The classes that no sample used so far holds: "dog, rain", "" = none.
  std::string missing_classes() const {
    std::string names;
    for (std::size_t c = 0; c < heard_.size(); ++c) {
      if (!heard_[c]) names += (names.empty() ? "" : ", ") + samples_.clips().labels[c];
    }
    return names;
  }

 private:
  std::span<const std::int16_t> image(int number) {
    const std::vector<ClipView>& clips = samples_.clips().clips;
    const auto count = static_cast<std::uint32_t>(clips.size());
    const auto place = static_cast<std::uint32_t>(number) % count;
    const ClipView& clip = clips[shuffled_index(place, count, common_.seed, /*epoch=*/0)];
    heard_[static_cast<std::size_t>(clip.label)] = true;
    return clip.samples;
  }

  std::span<const std::int16_t> sound(int number) {
    std::vector<float> wave(samples_.values_per_sample()), target(samples_.class_count());
    samples_.fill(0, static_cast<std::size_t>(number), 1, wave, target, 1);
    for (std::size_t c = 0; c < target.size(); ++c) heard_[c] = heard_[c] || target[c] > 0;
    pcm_.resize(wave.size());
    std::transform(wave.begin(), wave.end(), pcm_.begin(), to_pcm16);
    return pcm_;
  }

  const SampleSource& samples_;
  const Common& common_;
  std::vector<bool> heard_;
  std::vector<std::int16_t> pcm_;  // of the sound asked for last
};

void warn_if_incomplete(const Samples& samples, const QuantizeSettings& settings) {
  const std::string missing = samples.missing_classes();
  if (missing.empty()) return;
  print_note(
      fmt::format("warning: no calibration sample holds {}: its values may be clipped; raise --calibration (now "
                  "{}) or add training clips of it\n",
                  missing, settings.calibration_samples));
}

// Windows of real values, one after the other in a file: most calibrate, the last ones compare.
class FeatureFile {
 public:
  FeatureFile(const std::filesystem::path& path, std::size_t window_values) : window_values_(window_values) {
    const std::vector<std::byte> bytes = read_file(path);
    values_.resize(bytes.size() / sizeof(float));
    std::memcpy(values_.data(), bytes.data(), values_.size() * sizeof(float));
    if (count() < 2 || bytes.size() != count() * window_values * sizeof(float)) {
      throw Error("{} has {} bytes; expected two or more windows of {} float32 values", path.string(), bytes.size(),
                  window_values);
    }
    if (!std::ranges::all_of(values_, [](float value) { return std::isfinite(value); })) {
      throw Error("{} holds a NaN or an infinity", path.string());
    }
  }

  std::size_t count() const { return values_.size() / window_values_; }
  std::size_t report_count() const { return std::clamp<std::size_t>(count() / 4, 1, kReportSamples); }
  FeatureWindows windows(std::size_t first, std::size_t end) const {
    return [=, this](const std::function<void(std::span<const float>)>& use) {
      for (std::size_t i = first; i < end; ++i) use(std::span(values_).subspan(i * window_values_, window_values_));
    };
  }

 private:
  std::vector<float> values_;
  std::size_t window_values_;
};

// The model's provenance with how it was quantized. What is no JSON object, or a very deep one, is dropped.
std::string with_quantization(const std::string& provenance, const QuantizeSettings& settings, const Lineage& lineage,
                              const std::optional<AwareOutcome>& aware, const Common& common) {
  const auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth < 16; };
  nlohmann::json json = nlohmann::json::parse(provenance, shallow, /*allow_exceptions=*/false);
  if (!json.is_object()) json = nlohmann::json::object();
  json["quantization"] = options_json(settings.options);
  json["calibration"] = {{"data_hash", lineage.data_hash},
                         {"test_fold", lineage.test_fold},
                         {"samples", settings.calibration_samples},
                         {"seed", common.seed}};
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

void finish(const QuantizeRequest& request, const fb::ModelT& int8, Quantization done, const Common& common) {
  write_model(request.output, int8, common.existing());
  done.file_bytes = std::filesystem::file_size(request.output);
  if (common.json) {
    print_json(to_json(done));
  } else if (!common.quiet) {
    print_out("{}", to_text(done));
  }
}

void quantize_features(const QuantizeRequest& request, QuantizeSettings settings, const Common& common) {
  if (settings.aware.wanted) throw UsageError("--aware trains on a data set; --features only calibrates");
  auto [fp32, usual_keep_fp32] = full_precision_model(request.source);
  if (!fp32.features) throw UsageError("{} does not take features; use --data", request.source.string());
  settings.options.keep_fp32 = kept_in_float(settings, usual_keep_fp32);
  const FeatureFile features(request.features, static_cast<std::size_t>(fp32.window_samples));
  const std::size_t calibrating = features.count() - features.report_count();
  fb::ModelT int8 = quantize_on_features(fp32, features.windows(0, calibrating), settings.options);
  Quantization done{.file = request.output,
                    .options = settings.options,
                    .calibrated_on = "windows of features",
                    .calibration_samples = static_cast<int>(calibrating),
                    .report_samples = static_cast<int>(features.report_count())};
  done.errors = layer_errors_on_features(fp32, int8, features.windows(calibrating, features.count()));
  int8.provenance = fp32.provenance;
  finish(request, int8, std::move(done), common);
}

void quantize(const QuantizeRequest& request, const Common& common, const AwareTrainer& trainer) {
  QuantizeSettings settings;
  request.given->apply(settings);
  check_bounds(settings);
  if (settings.aware.wanted && !trainer)
    throw Error("--aware needs stapes-train; run it as `stapes quantize ... --aware`");
  refuse_existing(request.output, common.existing());
  refuse_own_input(request.output, {request.source, request.data.data, request.features});
  if (!request.features.empty()) return quantize_features(request, std::move(settings), common);
  if (request.data.data.empty()) throw UsageError("nothing to calibrate on: give --data, or --features");
  auto [fp32, usual_keep_fp32] = full_precision_model(request.source);
  settings.options.keep_fp32 = kept_in_float(settings, usual_keep_fp32);
  const ChosenData chosen(request.data, common);
  const ClipSet training = chosen.training();  // refuses a fold that is not there
  refuse_leak(read_ancestry(fp32.provenance), chosen.lineage(), request.source.string());
  if (fp32.features)
    throw UsageError("{} takes features, which no data set holds; use --features", request.source.string());
  const fb::TensorT& input = *fp32.tensors.front();
  check_fit({fp32.labels.begin(), fp32.labels.end()},
            {fp32.sample_rate_hz, {input.height, input.width, input.channels}}, training);
  const AwareClips clips = divide_clips(settings.aware, training);
  const auto augmented = make_samples(clips.training, {.window_samples = fp32.window_samples}, common.seed);
  Samples samples(*augmented, common);
  fb::ModelT int8 =
      quantize_post_training(fp32, samples.windows("calibrating", 0, settings.calibration_samples), settings.options);
  warn_if_incomplete(samples, settings);
  Quantization done{.file = request.output,
                    .options = settings.options,
                    .images = chosen.clips.image.has_value(),
                    .calibrated_on = chosen.clips.image ? "training samples" : "augmented training samples",
                    .calibration_samples = settings.calibration_samples,
                    .report_samples = kReportSamples};
  if (settings.aware.wanted) {
    done.aware = make_aware(fp32, int8, settings.options.weights, settings.aware, *augmented, clips, chosen.test(),
                            trainer, !common.quiet && !common.json);
  }
  int8.provenance = with_quantization(fp32.provenance, settings, chosen.lineage(), done.aware, common);
  done.errors =
      layer_errors(fp32, int8, samples.windows("comparing", settings.calibration_samples, done.report_samples));
  finish(request, int8, std::move(done), common);
}

}  // namespace

bool quantize_needs_libtorch(const CLI::App& parsed) { return parsed.count("--aware") > 0; }

void add_quantize_command(CLI::App& app, const AwareTrainer& trainer) {
  const auto common = std::make_shared<Common>();
  const auto request = std::make_shared<QuantizeRequest>();
  CLI::App* command =
      add_common(app, "stapes quantize runs/pruned --data esc50.data --classes esc10 --fold 4 -o int8.stapes", common);
  command->add_option("RUN|MODEL", request->source, "run folder or packed fp32 model")->required();
  command->add_option("--data", request->data.data, "data-set cache to calibrate on (training folds only)");
  command
      ->add_option("--features", request->features,
                   "file of windows to calibrate a network of features on: float32 values, as `stapes run` takes them")
      ->excludes(command->get_option("--data"));
  command->add_option("--classes", request->data.classes, "the model's classes")->capture_default_str();
  command->add_option("--fold", request->data.fold, "test fold, left out of calibration")->capture_default_str();
  command->add_option("-o,--output", request->output, "packed model to write")->required();
  add_options(*command, kQuantize, request->given);
  for (CLI::Option* option : command->get_options()) {
    if (option->get_group() == to_string(OptionGroup::kAware)) option->needs(command->get_option("--aware"));
  }
  add_force(*command, common);
  command->callback([=] { quantize(*request, *common, trainer); });
}

}  // namespace stapes::cli
