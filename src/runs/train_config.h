// SPDX-License-Identifier: Apache-2.0
// train_config.h: the settings of a training run, stored in its folder. Runs with the same config and number of threads
// are bit-identical on one machine.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "compress/prune.h"
#include "data/training_samples.h"
#include "data/validation_split.h"
#include "graph/network.h"
#include "runs/binary_rule.h"
#include "runs/device.h"
#include "runs/schedule.h"

namespace stapes {

// The criterion for the best epoch.
//   kTest        accuracy on the test fold
//   kValidation  accuracy on clips held out of the training folds
//   kDetector    recall at few false accepts on those clips (evaluate/detector_figures.h)
enum class Select { kTest, kValidation, kDetector };
constexpr bool holds_out(Select select) { return select != Select::kTest; }
template <>
inline constexpr auto kNames<Select> = std::to_array<Named<Select>>({{Select::kTest, "test"},
                                                                     {Select::kValidation, "validation"},
                                                                     {Select::kDetector, "detector"}});

enum class OptimizerKind { kSgd, kAdam, kAdamW };  // docs/studies/binary-training.md
template <>
inline constexpr auto kNames<OptimizerKind> = std::to_array<Named<OptimizerKind>>({{OptimizerKind::kSgd, "sgd"},
                                                                                   {OptimizerKind::kAdam, "adam"},
                                                                                   {OptimizerKind::kAdamW, "adamw"}});

struct TrainConfig {
  std::string recipe = "none";  // the initial preset (runs/recipes.h), before options
  // The model.
  NetworkSpec spec;
  BinaryRule rule = BinaryRule::kDefault;
  SignGradient sign_gradient = SignGradient::kClip;
  double dropout = 0.2;
  // The data.
  std::string data;       // path of the data-set file
  std::string data_hash;  // content hash; a run resumes only with the same data
  std::string classes = "all";
  std::vector<std::string> labels;  // the selected classes; empty in older runs
  int fold = 1;                     // the test fold
  std::string init;                 // starting run or weights; empty = random
  std::string teacher;              // run to distill from; empty = none
  // JSON (runs/lineage.h).
  std::string init_provenance = "{}", teacher_provenance = "{}";
  double teacher_weight = 0.8;
  double feature_weight = 0;            // weight of the distance to the teacher's feature maps
  std::string init_hash, teacher_hash;  // content hashes (runs/parents.h); a run resumes only with the same networks
  Select select = Select::kTest;
  double validation_share = kValidationShare;  // share held out; a published validation list takes precedence
  std::string pruning;                         // JSON object (train/prune/prune_run.h); empty: not pruned
  // The training run.
  double weight_ratio = 0;  // share of the weights kept at 0 (train/prune/weight_pruner.h)
  PruneScope weight_scope = {};
  double max_stretch = 1.25, max_gain_db = 6;        // augmentation (data/training_samples.h)
  std::string background;                            // data set with backgrounds (runs/backgrounds.h); empty = none
  std::string background_hash;                       // its content hash
  std::vector<double> snr_db = {0, 20};              // of samples over backgrounds: lowest, highest
  double background_share = 0.5;                     // share of samples with a background
  double ema_decay = 0;                              // decay per step of the averaged weights; 0 = no average
  double momentum = 0.9;                             // optimizer sgd
  bool nesterov = true;                              // with optimizer sgd
  std::vector<double> milestones = {0.3, 0.6, 0.9};  // schedule "steps": shares of the epochs
  double step_divisor = 10;                          // schedule "steps"
  OptimizerKind optimizer = OptimizerKind::kSgd;
  Schedule schedule = Schedule::kSteps;
  double learning_rate = 0.1;
  double weight_decay = 5e-4;
  int warmup_epochs = 10;       // schedule "steps"
  int activation_epochs = 0;    // binary: initial epochs with only the activations binary
  bool standardized = false;    // binary: fixed standard deviation of filters, clamped (train/modules/binary_layers.h)
  double binary_lr_factor = 1;  // learning rate of binary weights, relative to all others
  int epochs = 100;
  int batch_size = 64;
  int eval_every = 1;  // epochs between evaluations; the last epoch is always evaluated
  std::uint64_t seed = 1;
  int threads = 0;                // 0 = all
  double checkpoint_seconds = 0;  // minimum interval, except after a process's first and the last epoch; 0: every epoch
  Device device = Device::kCpu;
  Precision precision = Precision::kFp32;  // kMixed: GPU only
  bool tf32_gradients = false;             // binary, GPU: gradients of binary convolutions in TensorFloat-32

  ScheduleSpec schedule_spec() const {
    return {schedule, learning_rate, epochs, warmup_epochs, milestones, step_divisor};
  }
  AugmentSpec augment_spec() const { return {input_values(spec.input), max_stretch, max_gain_db}; }
};

// Set optimizer, schedule, rates and decay as published: full precision arXiv:2103.03483, binary arXiv:2108.06128. Our
// learning rate for binary networks is 5e-3 instead of 1e-3.
void apply_full_precision_recipe(TrainConfig& config);
void apply_binary_recipe(TrainConfig& config);
// For images and features, after one of the above (arXiv:2108.06128): cosine without warm-up, no Nesterov, no dropout.
// Binary networks get the published learning rate.
void apply_image_recipe(TrainConfig& config);

// Removes a teacher taken from another run's config.
void forget_teacher(TrainConfig& config);

// 1 - 20 / steps, clamped to [0.5, 0.9999]: averages about the last 5 % of `steps` optimizer steps.
double default_ema_decay(std::int64_t steps);

// Throws UsageError naming the field that is out of range.
void check_config(const TrainConfig& config);

nlohmann::json to_json(const TrainConfig& config);
// Throws Error naming `where` and the key.
TrainConfig train_config_from_json(const nlohmann::json& json, const std::string& where);

}  // namespace stapes
