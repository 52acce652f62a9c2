// SPDX-License-Identifier: Apache-2.0
// train_options.h: the table of TrainConfig options. train_config.cpp handles members that need more than one key: the
// network, its input and pruning.
#pragma once

#include "graph/binary_form.h"
#include "runs/option.h"
#include "runs/train_config.h"

namespace stapes {

template <class Visit>
void visit_options(OptionsOf<TrainConfig>, Visit&& visit) {
  using Entry = Option<TrainConfig>;
  using Group = OptionGroup;
  constexpr unsigned kBoth = kTrain | kPrune, kAll = kTrain | kPrune | kInPlans;

  visit(
      Entry{.name = "recipe",
            .key = "recipe",
            .group = Group::kTraining,
            .taken_by = kTrain | kInPlans,
            .help = "Preset that other options override; full precision: esc, us8k, audioevent; binary: xnor-paper, "
                    "xnor; images: cifar (full precision), cifar-xnor (binary)"},
      [](auto& c) -> auto& { return c.recipe; });
  visit(
      Entry{.name = "epochs",
            .key = "epochs",
            .group = Group::kTraining,
            .taken_by = kAll,
            .help = "Passes over the training clips",
            .usual = "100, or the recipe's",
            .usual_of_prune = "half the parent's; --from-scratch: the parent's; --method weight: 500",
            .bounds = from_to(1, 1000000)},
      [](auto& c) -> auto& { return c.epochs; });
  visit(
      Entry{.name = "batch",
            .key = "batch_size",
            .group = Group::kTraining,
            .taken_by = kAll,
            .help = "Samples per step, at least 2 for batch norm",
            .usual_of_prune = "the parent's",
            .bounds = from_to(2, 4096)},
      [](auto& c) -> auto& { return c.batch_size; });
  visit(
      Entry{.name = "lr",
            .key = "learning_rate",
            .group = Group::kOptimizer,
            .taken_by = kAll,
            .help = "Peak learning rate",
            .usual = "0.1; binary networks: 0.005, for images and features 0.001",
            .usual_of_prune = "0.01; --from-scratch: the parent's",
            .bounds = between(0, 100)},
      [](auto& c) -> auto& { return c.learning_rate; });
  visit(
      Entry{.name = "schedule",
            .key = "schedule",
            .group = Group::kOptimizer,
            .taken_by = kAll,
            .help = "Learning-rate schedule",
            .usual = "steps; cosine for binary networks, images and features",
            .usual_of_prune = "one-cycle; --from-scratch: the parent's; --method weight: steps"},
      [](auto& c) -> auto& { return c.schedule; });
  visit(
      Entry{.name = "optimizer",
            .key = "optimizer",
            .group = Group::kOptimizer,
            .taken_by = kAll,
            .help = "Optimizer; sgd has Nesterov momentum for sound only",
            .usual = "sgd; adam for binary networks",
            .usual_of_prune = "the parent's; --method weight: sgd"},
      [](auto& c) -> auto& { return c.optimizer; });
  visit(
      Entry{.key = "nesterov", .stored_if = [](const TrainConfig& c) { return !c.nesterov; }},
      [](auto& c) -> auto& { return c.nesterov; });
  visit(
      Entry{.name = "weight-decay",
            .key = "weight_decay",
            .group = Group::kOptimizer,
            .taken_by = kAll,
            .help = "Weight decay",
            .usual = "0.0005; binary networks: 0.0001",
            .usual_of_prune = "the parent's",
            .bounds = below(0, 1)},
      [](auto& c) -> auto& { return c.weight_decay; });
  visit(
      Entry{.name = "momentum",
            .key = "momentum",
            .group = Group::kOptimizer,
            .taken_by = kAll,
            .help = "Momentum of sgd",
            .usual_of_prune = "the parent's; --method weight: 0.9",
            .bounds = below(0, 1)},
      [](auto& c) -> auto& { return c.momentum; });
  visit(
      Entry{.name = "warmup-epochs",
            .key = "warmup_epochs",
            .group = Group::kOptimizer,
            .taken_by = kAll,
            .help = "With --schedule steps: initial epochs at lr / step divisor",
            .usual = "10; 0 for binary networks, images and features",
            .usual_of_prune = "the parent's; --method weight: 0",
            .bounds = at_least(0)},
      [](auto& c) -> auto& { return c.warmup_epochs; });
  visit(
      Entry{.name = "milestones",
            .key = "milestones",
            .group = Group::kOptimizer,
            .taken_by = kAll,
            .help = "With --schedule steps: points at which lr is divided, as ascending shares of the epochs",
            .usual_of_prune = "the parent's; --method weight: 0.15,0.3,0.45,0.6,0.75"},
      [](auto& c) -> auto& { return c.milestones; });
  visit(
      Entry{.name = "step-divisor",
            .key = "step_divisor",
            .group = Group::kOptimizer,
            .taken_by = kAll,
            .help = "With --schedule steps: divisor of lr at each milestone and in the warm-up",
            .usual_of_prune = "the parent's; --method weight: 10",
            .bounds = from_to(1, 1000000)},
      [](auto& c) -> auto& { return c.step_divisor; });
  visit(
      Entry{.name = "dropout",
            .key = "dropout",
            .group = Group::kTraining,
            .taken_by = kAll,
            .help = "Share of values dropped at the dropout nodes of the network",
            .usual = "0.2; 0 for images and features",
            .usual_of_prune = "the parent's",
            .bounds = below(0, 1)},
      [](auto& c) -> auto& { return c.dropout; });
  visit(
      Entry{.name = "ema",
            .key = "ema_decay",
            .group = Group::kTraining,
            .taken_by = kAll,
            .help = "Decay per step of the averaged weights; 0: no averaging",
            .usual = "1 - 20 / steps: an average over the last 5 % of the steps",
            .usual_of_prune = "1 - 20 / steps; --method weight: 0",
            .bounds = below(0, 1)},
      [](auto& c) -> auto& { return c.ema_decay; });
  visit(
      Entry{.key = "seed"}, [](auto& c) -> auto& { return c.seed; });

  visit(
      Entry{.name = "eval-every",
            .key = "eval_every",
            .group = Group::kSelection,
            .taken_by = kAll,
            .help = "Epochs between evaluations",
            .usual = "epochs / 20",
            .bounds = at_least(1)},
      [](auto& c) -> auto& { return c.eval_every; });
  visit(
      Entry{.name = "select",
            .key = "select",
            .group = Group::kSelection,
            .taken_by = kAll,
            .help =
                "Criterion for the best epoch; validation: accuracy on clips held out of the training folds; detector: "
                "recall on these clips at up to 0.5 false accepts per hour, with 'unknown' and 'background' as the "
                "classes to reject; test: accuracy on the test fold, as in the papers, but biased upward",
            .usual_of_prune = "the parent's"},
      [](auto& c) -> auto& { return c.select; });
  visit(
      Entry{.name = "validation-share",
            .key = "validation_share",
            .group = Group::kSelection,
            .taken_by = kAll,
            .help = "Share of the training clips held out by --select validation or detector",
            .usual_of_prune = "the parent's",
            .bounds = between(0, 1)},
      [](auto& c) -> auto& { return c.validation_share; });
  visit(
      Entry{.name = "checkpoint-seconds",
            .key = "checkpoint_seconds",
            .group = Group::kSelection,
            .taken_by = kAll,
            .help = "Minimum time between checkpoints (0: one after every epoch)",
            .unit = "s",
            .usual = "5",
            .bounds = from_to(0, 86400),
            .stored_if = [](const TrainConfig& c) { return c.checkpoint_seconds > 0; }},
      [](auto& c) -> auto& { return c.checkpoint_seconds; });

  visit(
      Entry{
          .name = "teacher",
          .key = "teacher",
          .group = Group::kTeacher,
          .taken_by = kBoth,
          .help = "Run to distill from, trained on the same folds; if it is a k-fold folder, the run of the same fold",
          .usual = "none",
          .is_path = true},
      [](auto& c) -> auto& { return c.teacher; });
  visit(
      Entry{.name = "teacher-weight",
            .key = "teacher_weight",
            .group = Group::kTeacher,
            .taken_by = kAll,
            .help = "Share of the teacher's output in the target",
            .usual_of_prune = "the parent's",
            .bounds = from_to(0, 1)},
      [](auto& c) -> auto& { return c.teacher_weight; });
  visit(
      Entry{.name = "feature-weight",
            .key = "feature_weight",
            .group = Group::kTeacher,
            .taken_by = kAll,
            .help = "Weight of feature distillation: squared distance between the attention maps of convolutions with "
                    "the same name and output size in both networks",
            .bounds = from_to(0, 1e6),
            .stored_if = [](const TrainConfig& c) { return c.feature_weight > 0; }},
      [](auto& c) -> auto& { return c.feature_weight; });

  visit(
      Entry{.name = "stretch",
            .key = "max_stretch",
            .group = Group::kAugmentation,
            .taken_by = kAll,
            .help = "Maximum factor of time stretching, in either direction; 1: none",
            .usual_of_prune = "the parent's",
            .bounds = from_to(1, 16)},
      [](auto& c) -> auto& { return c.max_stretch; });
  visit(
      Entry{.name = "gain-db",
            .key = "max_gain_db",
            .group = Group::kAugmentation,
            .taken_by = kAll,
            .help = "Maximum change of loudness, in either direction",
            .unit = "dB",
            .usual_of_prune = "the parent's",
            .bounds = from_to(0, 60)},
      [](auto& c) -> auto& { return c.max_gain_db; });
  constexpr auto has_background = [](const TrainConfig& c) { return !c.background.empty(); };
  visit(
      Entry{.name = "background",
            .key = "background",
            .group = Group::kAugmentation,
            .taken_by = kAll,
            .help = "Data set with a class 'background' to mix under the samples; may be DATA itself",
            .usual = "none",
            .usual_of_prune = "the parent's",
            .stored_if = has_background,
            .is_path = true},
      [](auto& c) -> auto& { return c.background; });
  visit(
      Entry{.name = "snr",
            .key = "snr_db",
            .group = Group::kAugmentation,
            .taken_by = kAll,
            .help = "Signal-to-noise ratio of a sample over its background: lowest,highest",
            .unit = "dB",
            .usual_of_prune = "the parent's; 0,20 if it has no background",
            .stored_if = has_background},
      [](auto& c) -> auto& { return c.snr_db; });
  visit(
      Entry{.name = "background-share",
            .key = "background_share",
            .group = Group::kAugmentation,
            .taken_by = kAll,
            .help = "Share of the samples to mix with a background",
            .usual_of_prune = "the parent's; 0.5 if it has no background",
            .bounds = {0, 1, true, false, false},
            .stored_if = has_background},
      [](auto& c) -> auto& { return c.background_share; });
  visit(
      Entry{.key = "background_hash", .stored_if = has_background}, [](auto& c) -> auto& { return c.background_hash; });

  visit(
      Entry{.key = "binary"}, [](auto& c) -> auto& { return c.spec.binary; });
  visit(
      Entry{.name = "rule",
            .key = "rule",
            .group = Group::kBinary,
            .taken_by = kTrain | kInPlans,
            .help = "Training rule for binary networks; `paper` is the published rule"},
      [](auto& c) -> auto& { return c.rule; });
  visit(
      Entry{.name = "sign-gradient",
            .key = "sign_gradient",
            .group = Group::kBinary,
            .taken_by = kTrain | kInPlans,
            .help = "Surrogate gradient of sign(); clip: straight-through estimator, approx: as in Bi-Real"},
      [](auto& c) -> auto& { return c.sign_gradient; });
  visit(
      Entry{.name = "keep-8-bit",
            .group = Group::kBinary,
            .taken_by = kTrain | kInPlans,
            .help = "Convolutions that stay in 8 bits, by name or number, e.g. conv2,conv12, or none",
            .usual = "those marked in the network (ACDNet: conv2,conv3,conv12); none with --rule paper",
            .older_name = "eight-bit",
            .parse = [](TrainConfig& c,
                        const std::string& text) { c.spec.form.keep_8_bit = parse_keep_8_bit(c.spec.graph, text); }},
      [](auto& c) -> auto& { return c.spec.form.keep_8_bit; });
  visit(
      Entry{.name = "unscaled",
            .key = "scaled",
            .group = Group::kBinary,
            .taken_by = kTrain | kInPlans,
            .help = "No real-valued scale alpha per filter"},
      [](auto& c) -> auto& { return c.spec.form.scaled; });
  visit(
      Entry{.name = "rprelu",
            .key = "rprelu",
            .group = Group::kBinary,
            .taken_by = kTrain | kInPlans,
            .help = "RPReLU instead of ReLU where a sign follows (ReActNet)"},
      [](auto& c) -> auto& { return c.spec.form.rprelu; });
  visit(
      Entry{.name = "shortcuts",
            .key = "shortcuts",
            .group = Group::kBinary,
            .taken_by = kTrain,
            .help = "Identity shortcuts (Bi-Real); the network cannot be packed"},
      [](auto& c) -> auto& { return c.spec.form.shortcuts; });
  visit(
      Entry{.name = "activation-epochs",
            .key = "activation_epochs",
            .group = Group::kBinary,
            .taken_by = kTrain | kInPlans,
            .help = "Initial epochs with binary activations only",
            .bounds = at_least(0)},
      [](auto& c) -> auto& { return c.activation_epochs; });
  visit(
      Entry{.name = "standardize",
            .key = "standardized",
            .group = Group::kBinary,
            .taken_by = kTrain | kInPlans,
            .help = "Fixed standard deviation of binary filters, with outliers clamped (ReCU)",
            .stored_if = [](const TrainConfig& c) { return c.standardized; }},
      [](auto& c) -> auto& { return c.standardized; });
  visit(
      Entry{.name = "binary-lr-factor",
            .key = "binary_lr_factor",
            .group = Group::kBinary,
            .taken_by = kTrain | kInPlans,
            .help = "Learning rate of binary weights relative to all others",
            .bounds = between(0, 1000),
            .stored_if = [](const TrainConfig& c) { return c.binary_lr_factor != 1; }},
      [](auto& c) -> auto& { return c.binary_lr_factor; });

  visit(
      Entry{.name = "device",
            .key = "device",
            .group = Group::kMachine,
            .taken_by = kAll,
            .help = "Device to train on",
            .usual = "auto: cuda if available",
            .word = "auto",
            .stored_if = [](const TrainConfig& c) { return c.device != Device::kCpu; }},
      [](auto& c) -> auto& { return c.device; });
  visit(
      Entry{.name = "precision",
            .key = "precision",
            .group = Group::kMachine,
            .taken_by = kAll,
            .help = "Arithmetic; mixed is bfloat16 where it is safe (CUDA only)",
            .usual = "mixed on CUDA, otherwise fp32",
            .stored_if = [](const TrainConfig& c) { return c.device != Device::kCpu; }},
      [](auto& c) -> auto& { return c.precision; });
  visit(
      Entry{.name = "tf32-gradients",
            .key = "tf32_gradients",
            .group = Group::kMachine,
            .taken_by = kBoth,
            .help = "Binary networks on CUDA: gradients of binary convolutions in TensorFloat-32, with 10 mantissa "
                    "bits per factor",
            .stored_if = [](const TrainConfig& c) { return c.device != Device::kCpu && c.tf32_gradients; }},
      [](auto& c) -> auto& { return c.tf32_gradients; });
  visit(
      Entry{.name = "threads",
            .key = "threads",
            .group = Group::kMachine,
            .taken_by = kBoth,
            .help = "Threads of libtorch; 0: one per core",
            .usual_of_prune = "the parent's",
            .bounds = from_to(0, 256)},
      [](auto& c) -> auto& { return c.threads; });

  // The record of a run's data and parents.
  visit(
      Entry{.key = "data"}, [](auto& c) -> auto& { return c.data; });
  visit(
      Entry{.key = "data_hash"}, [](auto& c) -> auto& { return c.data_hash; });
  visit(
      Entry{.key = "classes"}, [](auto& c) -> auto& { return c.classes; });
  visit(
      Entry{.key = "labels", .stored_if = [](const TrainConfig& c) { return !c.labels.empty(); }},
      [](auto& c) -> auto& { return c.labels; });
  visit(
      Entry{.key = "fold"}, [](auto& c) -> auto& { return c.fold; });
  visit(
      Entry{.key = "init"}, [](auto& c) -> auto& { return c.init; });
  visit(
      Entry{.key = "init_provenance"}, [](auto& c) -> auto& { return c.init_provenance; });
  visit(
      Entry{.key = "init_hash"}, [](auto& c) -> auto& { return c.init_hash; });
  visit(
      Entry{.key = "teacher_provenance"}, [](auto& c) -> auto& { return c.teacher_provenance; });
  visit(
      Entry{.key = "teacher_hash"}, [](auto& c) -> auto& { return c.teacher_hash; });
  visit(
      Entry{.key = "weight_ratio", .stored_if = [](const TrainConfig& c) { return c.weight_ratio > 0; }},
      [](auto& c) -> auto& { return c.weight_ratio; });
}

}  // namespace stapes
