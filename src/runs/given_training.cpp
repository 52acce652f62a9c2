// SPDX-License-Identifier: Apache-2.0
#include "runs/given_training.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/error.h"
#include "graph/binary_form.h"
#include "runs/backgrounds.h"

namespace stapes {
namespace {

constexpr double kCheckpointSeconds = 5;

// Optimizer steps during which weights are averaged.
std::int64_t averaged_steps(const TrainConfig& config, std::size_t training_clips) {
  const double share = holds_out(config.select) ? 1 - config.validation_share : 1;
  const double batches = std::floor(share * static_cast<double>(training_clips) / config.batch_size);
  return static_cast<std::int64_t>(std::max(1.0, batches)) * (config.epochs - config.activation_epochs);
}

// The published rule keeps no layer in 8 bits. The default keeps in 8 bits the small layers that cost the most
// accuracy when binary (docs/studies/binary-training.md).
std::vector<std::string> kept_by_default(const TrainConfig& config) {
  return config.rule == BinaryRule::kPaper ? std::vector<std::string>{} : usual_keep_8_bit(config.spec.graph);
}

}  // namespace

void apply(const GivenTraining& given, std::size_t training_clips, Device device, TrainConfig& config) {
  const std::string binary_only = given.first_of(OptionGroup::kBinary);
  if (!config.spec.binary && !binary_only.empty()) throw UsageError("--{} is for --binary training", binary_only);
  config.checkpoint_seconds = kCheckpointSeconds;
  config.device = device;
  config.precision = config.device == Device::kCuda ? Precision::kMixed : Precision::kFp32;
  config.tf32_gradients = false;
  config.ema_decay = 0;
  given.apply(config);
  for (const char* option : {"snr", "background-share"}) {
    if (given.has(option) && config.background.empty()) throw UsageError("--{} needs --background DATA", option);
  }
  if (given.has("background")) adopt_background(config);
  if (!given.has("eval-every")) config.eval_every = std::max(1, config.epochs / 20);
  if (config.spec.binary && !given.has("keep-8-bit")) config.spec.form.keep_8_bit = kept_by_default(config);
  check_config(config);
  if (given.has("ema")) return;
  config.ema_decay = default_ema_decay(averaged_steps(config, training_clips));
  check_config(config);
}

}  // namespace stapes
