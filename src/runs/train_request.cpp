// SPDX-License-Identifier: Apache-2.0
#include "runs/train_request.h"

#include <filesystem>

#include "base/error.h"
#include "graph/networks.h"
#include "graph/weights_file.h"
#include "runs/fold_runs.h"
#include "runs/parents.h"
#include "runs/recipes.h"

namespace stapes {
namespace {

void refuse_recipe_for(InputKind kind, const std::string& recipe) {
  const bool images = is_for_images(recipe);
  if (kind == InputKind::kFeatures) {
    throw UsageError("--recipe {} is for {}; leave it out for features", recipe, images ? "images" : "sound");
  }
  if (images == (kind == InputKind::kImage)) return;
  throw UsageError("--recipe {} is for {}", recipe,
                   images ? "images; for sound choose esc, us8k, audioevent, xnor or xnor-paper"
                          : "sound; for images choose cifar or cifar-xnor");
}

void begin_with_recipe(const TrainRequest& request, InputKind kind, TrainConfig& config) {
  const std::optional<std::string> recipe = request.given.text("recipe");
  if (!recipe) {
    request.binary ? apply_binary_recipe(config) : apply_full_precision_recipe(config);
    if (kind != InputKind::kSound) apply_image_recipe(config);
    config.spec.binary = request.binary;
    return;
  }
  apply_recipe(*recipe, config);
  refuse_recipe_for(kind, *recipe);
  if (request.binary && !config.spec.binary) {
    throw UsageError(
        "--recipe {} trains in full precision; for --binary choose xnor, xnor-paper or, for images, cifar-xnor",
        *recipe);
  }
}

void refuse_options_of_sound(const TrainRequest& request, InputKind kind) {
  if (request.window_samples > 0 || !request.given.first_of(OptionGroup::kAugmentation).empty()) {
    throw UsageError("--samples, --stretch, --gain-db and --background are for sound; {}",
                     kind == InputKind::kImage ? "images are shifted, mirrored and rotated as published"
                                               : "features are trained on as they are");
  }
}

// Features need an explicit network: none has been published for arbitrary shapes.
std::string model_for(const TrainRequest& request, InputKind kind) {
  if (request.model) return *request.model;
  if (kind == InputKind::kFeatures) {
    throw UsageError(
        "no network to train on features; give --init RUN|NETWORK, e.g. from stapes import-onnx, or --model "
        "FILE.toml with input = \"features\"");
  }
  return kind == InputKind::kImage ? "resnet18" : "micro-acdnet";
}

// Does not set the form of a binary network.
NetworkSpec spec_of(const TrainRequest& request, const std::string& recipe, const ChosenData& chosen,
                    const std::optional<TrainedNetwork>& start) {
  const InputKind kind = chosen.data.kind();
  if (kind != InputKind::kSound) refuse_options_of_sound(request, kind);
  NetworkInput input;
  if (kind == InputKind::kImage) {
    input = *chosen.data.image();
  } else if (kind == InputKind::kFeatures) {
    input = *chosen.data.features();
  } else {
    const int rate = chosen.data.sample_rate_hz();
    input = AudioInput{rate, request.window_samples > 0 ? request.window_samples
                             : start                    ? input_values(start->spec.input)
                                                        : default_window_samples(recipe, rate)};
  }
  const int classes = static_cast<int>(chosen.clips.labels.size());
  if (start) return {.input = input, .class_count = classes, .graph = start->spec.graph};
  return named_network(model_for(request, kind), classes, input);
}

}  // namespace

std::optional<TrainedNetwork> read_start(const TrainRequest& request, int fold) {
  if (request.init.empty()) return std::nullopt;
  return read_network(same_fold_of(request.init, fold));
}

TrainConfig config_of(const TrainRequest& request, const ChosenData& chosen, std::size_t training_clips,
                      const std::optional<TrainedNetwork>& start, Device device) {
  TrainConfig config;
  begin_with_recipe(request, chosen.data.kind(), config);
  const bool binary = config.spec.binary;
  config.spec = spec_of(request, config.recipe, chosen, start);
  config.spec.binary = binary;
  config.data = std::filesystem::absolute(request.data.data).string();
  config.data_hash = chosen.data.hash();
  config.classes = request.data.classes;
  config.labels = chosen.clips.labels;
  config.fold = chosen.fold;
  config.seed = request.seed;
  apply(request.given, training_clips, device, config);
  if (start) {
    config.init = std::filesystem::absolute(same_fold_of(request.init, config.fold)).string();
    config.init_provenance = start->provenance;
    config.init_hash = content_hash(*start);
  }
  return config;
}

}  // namespace stapes
