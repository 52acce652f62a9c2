// SPDX-License-Identifier: Apache-2.0
#include "train/node_sensitivity.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "graph/weights_file.h"
#include "runs/parents.h"
#include "train/evaluate_module.h"
#include "train/network_io.h"

namespace stapes {
namespace {

TrainConfig config_of(const SensitivityRequest& request, const NetworkSpec& bits, const TrainedNetwork& parent) {
  TrainConfig config = request.parent.config();
  forget_teacher(config);
  config.recipe = "none";
  config.spec = bits;
  apply_binary_recipe(config);
  if (input_kind(config.spec.input) != InputKind::kSound) apply_image_recipe(config);
  config.pruning.clear();
  config.weight_ratio = 0;
  config.epochs = request.epochs;
  config.eval_every = request.epochs;
  config.ema_decay = 0;
  config.select = Select::kValidation;
  config.threads = request.threads;
  config.device = choose_device("auto");  // may differ from the parent's
  config.precision = config.device == Device::kCuda ? Precision::kMixed : Precision::kFp32;
  config.tf32_gradients = false;
  config.init = config.teacher = request.parent.path().string();
  config.init_hash = config.teacher_hash = content_hash(parent);
  config.init_provenance = config.teacher_provenance = parent.provenance;
  return config;
}

NetworkModule module_of(const TrainedNetwork& network) {
  NetworkModule module(network.spec, ModuleOptions{.batch_norm_epsilon = network.batch_norm_epsilon});
  load_network(module, network);
  return module;
}

RunFolder opened(const std::filesystem::path& folder, const TrainConfig& config, Existing existing) {
  if (!RunFolder::is_one(folder)) return RunFolder::create(folder, config, existing);
  RunFolder run = RunFolder::open(folder);
  if (to_json(run.config()) == to_json(config)) return run;
  if (existing == Existing::kReplace) return RunFolder::create(folder, config, existing);
  throw Error("{} was made with different options; choose another folder or pass --force", folder.string());
}

}  // namespace

double divergence_with_bits(const SensitivityRequest& request, const NetworkSpec& bits,
                            const std::filesystem::path& folder, const EpochObserver& observer) {
  const TrainedNetwork parent = read_network(request.parent.path());
  if (parent.spec.binary)
    throw UsageError("{} is a binary run; use a full-precision run", request.parent.path().string());
  const TrainConfig config = config_of(request, bits, parent);
  const TrainingInputs inputs(config, request.training, request.test, {.start = parent, .teacher = parent});
  const RunFolder run = opened(folder, config, request.existing);
  if (!run.result()) train(run, inputs, observer);
  NetworkModule network = module_of(read_network(run.path())), teacher = module_of(parent);
  return mean_divergence(network, teacher, inputs.clips.choosing, Protocol::kTenCrops);
}

}  // namespace stapes
