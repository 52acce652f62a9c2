// train_config.h: everything that decides what a training run computes. Written into the run's folder; two runs with
// equal configs, thread counts and machines give the same bits.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "network/acdnet.h"
#include "train/binary_rule.h"
#include "train/schedule.h"

namespace stapes {

struct TrainConfig {
  // What to learn.
  AcdnetSpec spec;
  BinaryRule rule = BinaryRule::kDefault;
  SignGradient sign_gradient = SignGradient::kClip;
  double dropout = 0.2;
  // From what.
  std::string data;       // path of the data-set cache
  std::string data_hash;  // its content hash: resuming on other data is refused
  std::string classes = "all";
  int fold = 1;                                                   // the test fold; training uses the others
  std::string init;                                               // run or weights to start from; empty = random
  std::string teacher;                                            // run to distil from; empty = none
  std::string init_provenance = "{}", teacher_provenance = "{}";  // theirs, JSON; kept with the run
  double teacher_weight = 0.8;
  // How.
  std::string optimizer = "sgd";  // "sgd" (Nesterov momentum 0.9) or "adam"
  Schedule schedule = Schedule::kSteps;
  double learning_rate = 0.1;
  double weight_decay = 5e-4;
  int warmup_epochs = 10;     // of schedule "steps"
  int activation_epochs = 0;  // binary: first epochs with signs on activations only
  int epochs = 100;
  int batch_size = 64;
  int eval_every = 1;  // epochs between evaluations on the test fold; the last epoch always is
  std::uint64_t seed = 1;
  int threads = 0;  // 0 = all

  ScheduleSpec schedule_spec() const { return {schedule, learning_rate, epochs, warmup_epochs}; }
};

// The published recipes (arXiv:2103.03483 full precision, arXiv:2108.06128 XNOR): optimizer, schedule, rates, decay.
void apply_full_precision_recipe(TrainConfig& config);
void apply_binary_recipe(TrainConfig& config);

// Names as in options and config.json; UsageError listing them when unknown.
BinaryRule parse_binary_rule(const std::string& name);      // "default", "paper"
SignGradient parse_sign_gradient(const std::string& name);  // "clip", "approx"

// Throws UsageError naming the field that is out of range.
void check_config(const TrainConfig& config);

nlohmann::json to_json(const TrainConfig& config);
TrainConfig train_config_from_json(const nlohmann::json& json, const std::string& where);  // Error naming the key

}  // namespace stapes
