// SPDX-License-Identifier: Apache-2.0
#include "cli/train_options.h"

#include <algorithm>
#include <cmath>

#include "cli/command.h"
#include "graph/weights_file.h"
#include "runs/fold_runs.h"
#include "runs/parents.h"

namespace stapes::cli {
namespace {

constexpr double kCheckpointSeconds = 5;

template <class Value, class Target>
void override_with(const std::optional<Value>& value, Target& target) {
  if (value) target = *value;
}

// Optimizer steps whose weights are averaged.
std::int64_t averaged_steps(const TrainConfig& config, std::size_t training_clips) {
  const double share = config.select == Select::kValidation ? 1 - config.validation_share : 1;
  const double batches = std::floor(share * static_cast<double>(training_clips) / config.batch_size);
  return static_cast<std::int64_t>(std::max(1.0, batches)) * (config.epochs - config.activation_epochs);
}

}  // namespace

void add_recipe_options(CLI::App& command, const std::shared_ptr<RecipeOptions>& options) {
  command.add_option("--epochs", options->epochs, "passes over the training clips (default 100, or the recipe's)");
  command.add_option("--batch", options->batch_size, "samples a step (default 64)");
  command.add_option("--lr", options->learning_rate, "peak learning rate (default 0.1; binary 0.005, of images 0.001)");
  command.add_option("--schedule", options->schedule,
                     "steps, one-cycle or cosine (default steps; binary and images cosine)");
  command.add_option("--optimizer", options->optimizer,
                     "sgd (Nesterov momentum; images plain), adam or adamw (default sgd; binary adam)");
  command.add_option("--weight-decay", options->weight_decay, "default 5e-4; binary 1e-4");
  command.add_option("--warmup-epochs", options->warmup_epochs,
                     "schedule steps: first epochs at lr / step divisor (default 10)");
  command
      .add_option("--milestones", options->milestones,
                  "schedule steps: where lr is divided, as shares of the epochs (default 0.3,0.6,0.9)")
      ->delimiter(',')
      ->allow_extra_args(false);  // or it would take DATA, too
  command.add_option("--step-divisor", options->step_divisor, "schedule steps: by how much, warm-up too (default 10)");
  command.add_option("--momentum", options->momentum, "of sgd (default 0.9)");
  command.add_option("--stretch", options->max_stretch,
                     "augmentation: clips are stretched by up to this factor, either way (default 1.25)");
  command.add_option("--gain-db", options->max_gain_db,
                     "augmentation: samples are up to this much louder or quieter (default 6)");
  command.add_option("--ema", options->ema_decay,
                     "decay a step of the averaged weights, 0 = keep none (default 1 - 20 / steps: an average over "
                     "the last 5 %)");
  command.add_option("--select", options->select,
                     "what the best epoch is chosen by: test, the test fold as in the papers (flatters), or "
                     "validation, clips held out of the training folds (default test)");
  command.add_option("--validation-share", options->validation_share,
                     "of the training clips, for --select validation (default 0.15)");
  command.add_option("--dropout", options->dropout, "share of values dropped at the dropout nodes of the network");
  command.add_option("--activation-epochs", options->activation_epochs,
                     "binary: first epochs with signs on activations only (default 0)");
  command.add_option("--teacher", options->teacher,
                     "run to distil from; train it on the same folds. Of a k-fold folder, the same fold's run");
  command.add_option("--teacher-weight", options->teacher_weight, "its share of the target (default 0.8)");
  command.add_option("--eval-every", options->eval_every, "epochs between evaluations (default epochs / 20)");
  command.add_option("--checkpoint-seconds", options->checkpoint_seconds,
                     "minimum seconds between two checkpoints, 0 = one after every epoch (default 5)");
  command.add_option("--device", options->device,
                     "auto (CUDA if there is a device, else the CPU), cpu or cuda (default auto)");
  command.add_option("--precision", options->precision,
                     "fp32 or mixed (bfloat16 where it is safe, on CUDA only; default there)");
  command.add_flag("--tf32-gradients", options->tf32_gradients,
                   "binary, on CUDA: gradients of binary convolutions in TensorFloat-32, 10 bits of each factor");
  add_threads(command, options->threads, "of libtorch");
}

void apply(const RecipeOptions& options, std::size_t training_clips, TrainConfig& config) {
  override_with(options.epochs, config.epochs);
  override_with(options.batch_size, config.batch_size);
  override_with(options.learning_rate, config.learning_rate);
  if (options.schedule) config.schedule = parse_name<Schedule>(*options.schedule, "schedule");
  if (options.optimizer) config.optimizer = parse_name<OptimizerKind>(*options.optimizer, "optimizer");
  override_with(options.weight_decay, config.weight_decay);
  override_with(options.warmup_epochs, config.warmup_epochs);
  override_with(options.dropout, config.dropout);
  override_with(options.activation_epochs, config.activation_epochs);
  override_with(options.teacher, config.teacher);
  override_with(options.teacher_weight, config.teacher_weight);
  override_with(options.threads, config.threads);
  config.eval_every = options.eval_every.value_or(std::max(1, config.epochs / 20));
  if (options.milestones) config.milestones = *options.milestones;
  override_with(options.step_divisor, config.step_divisor);
  override_with(options.momentum, config.momentum);
  override_with(options.max_stretch, config.max_stretch);
  override_with(options.max_gain_db, config.max_gain_db);
  if (options.select) config.select = parse_name<Select>(*options.select, "selection");
  override_with(options.validation_share, config.validation_share);
  config.checkpoint_seconds = options.checkpoint_seconds.value_or(kCheckpointSeconds);
  config.device = choose_device(options.device.value_or("auto"));
  config.precision = config.device == Device::kCuda ? Precision::kMixed : Precision::kFp32;
  if (options.precision) config.precision = parse_name<Precision>(*options.precision, "precision");
  config.tf32_gradients = options.tf32_gradients;
  check_config(config);
  config.ema_decay = options.ema_decay.value_or(default_ema_decay(averaged_steps(config, training_clips)));
  check_config(config);
}

void adopt_teacher(TrainConfig& config) {
  if (config.teacher.empty()) return;
  config.teacher = std::filesystem::absolute(same_fold_of(config.teacher, config.fold)).string();
  const TrainedNetwork teacher = read_network(config.teacher);
  config.teacher_provenance = teacher.provenance;
  config.teacher_hash = content_hash(teacher);
}

}  // namespace stapes::cli
