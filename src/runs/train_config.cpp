// SPDX-License-Identifier: Apache-2.0
#include "runs/train_config.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "graph/binary_form.h"
#include "graph/geometry.h"
#include "graph/graph_toml.h"
#include "graph/networks.h"

namespace stapes {
using nlohmann::json;

void apply_full_precision_recipe(TrainConfig& config) {
  config.optimizer = OptimizerKind::kSgd;
  config.schedule = Schedule::kSteps;
  config.learning_rate = 0.1;
  config.weight_decay = 5e-4;
  config.warmup_epochs = 10;
}

void apply_binary_recipe(TrainConfig& config) {
  config.optimizer = OptimizerKind::kAdam;
  config.schedule = Schedule::kCosine;
  config.learning_rate = 5e-3;
  config.weight_decay = 1e-4;
  config.warmup_epochs = 0;
}

void apply_image_recipe(TrainConfig& config) {
  config.schedule = Schedule::kCosine;
  config.warmup_epochs = 0;
  config.nesterov = false;
  config.dropout = 0;
  if (config.optimizer != OptimizerKind::kSgd) config.learning_rate = 1e-3;
}

double default_ema_decay(std::int64_t steps) {
  return std::clamp(1 - 20 / static_cast<double>(std::max<std::int64_t>(1, steps)), 0.5, 0.9999);
}

namespace {

bool ascend_within_0_and_1(const std::vector<double>& shares) {
  const bool inside = std::all_of(shares.begin(), shares.end(), [](double x) { return x > 0 && x < 1; });
  return inside && std::is_sorted(shares.begin(), shares.end()) && shares.size() <= 100;
}

// Read into an int, 2^32 + 1 would become 1. Only the seed is wider.
void refuse_wide_numbers(const json& value, const std::string& name) {
  for (const auto& [key, item] : value.items()) {
    const std::string what = value.is_array() ? name : key;
    if (item.is_array()) refuse_wide_numbers(item, what);
    const bool wide =
        item.is_number_integer() && (item > std::numeric_limits<int>::max() || item < std::numeric_limits<int>::min());
    const bool is_seed = what == "seed";
    const bool negative_seed = is_seed && item.is_number_integer() && !item.is_number_unsigned() && item < 0;
    if (is_seed ? negative_seed : wide) throw UsageError("{} is {}, out of range", what, item.dump());
  }
}

// "[json.exception.out_of_range.403] key 'fold' not found" without the library's own part.
std::string plain_message(const json::exception& error) {
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return end == std::string::npos ? text : text.substr(end + 2);
}

// The input, the graph and what stays in 8 bits. Runs before version 0.3 have a family and its widths instead of a
// graph, and convolutions by number.
void read_structure(const json& json, NetworkSpec& spec) {
  if (json.contains("image")) {
    const auto image = json.at("image").get<std::array<int, 3>>();
    spec.input = ImageSize{image[0], image[1], image[2]};
  } else {
    spec.input = AudioInput{json.at("sample_rate_hz").get<int>(), json.at("window_samples").get<int>()};
  }
  if (json.contains("network")) {
    spec.graph = parse_graph(json.at("network").get<std::string>(), "its network", spec.class_count);
    json.at("keep_8_bit").get_to(spec.form.keep_8_bit);
    return;
  }
  const std::string family = json.value("family", "acdnet");
  if (family != "acdnet" && family != "resnet") refuse_unknown_name("family", family, {"acdnet", "resnet"});
  spec.graph = named_graph(family == "resnet" ? "resnet18" : "acdnet", spec.class_count);
  set_widths(spec.graph, json.at("widths").get<std::vector<int>>());
  for (const int number : json.at("eight_bit").get<std::vector<int>>()) {
    spec.form.keep_8_bit.push_back(nth_convolution(spec.graph, number));
  }
}

}  // namespace

void check_config(const TrainConfig& config) {
  const auto need = [](bool right, const char* option, const char* expected) {
    if (!right) throw UsageError("--{} must be {}", option, expected);
  };
  need(config.epochs >= 1 && config.epochs <= 1000000, "epochs", "from 1 to 1000000");
  need(config.batch_size >= 2 && config.batch_size <= 4096, "batch", "from 2 (batch norm) to 4096");
  need(config.learning_rate > 0 && config.learning_rate < 100, "lr", "in (0, 100)");
  need(config.weight_decay >= 0 && config.weight_decay < 1, "weight-decay", "in [0, 1)");
  need(config.dropout >= 0 && config.dropout < 1, "dropout", "in [0, 1)");
  need(config.teacher_weight >= 0 && config.teacher_weight <= 1, "teacher-weight", "in [0, 1]");
  need(config.warmup_epochs >= 0, "warmup-epochs", "at least 0");
  need(config.eval_every >= 1, "eval-every", "at least 1");
  need(config.activation_epochs >= 0 && config.activation_epochs < config.epochs, "activation-epochs",
       "at least 0 and less than --epochs");
  need(config.momentum >= 0 && config.momentum < 1, "momentum", "in [0, 1)");
  need(ascend_within_0_and_1(config.milestones), "milestones", "shares of the epochs, in (0, 1) and ascending");
  need(config.step_divisor >= 1 && config.step_divisor <= 1e6, "step-divisor", "from 1 to 1000000");
  need(config.max_stretch >= 1 && config.max_stretch <= 16, "stretch", "from 1 (none) to 16");
  need(config.max_gain_db >= 0 && config.max_gain_db <= 60, "gain-db", "from 0 (none) to 60");
  need(config.ema_decay >= 0 && config.ema_decay < 1, "ema", "0 (none) or below 1");
  need(config.weight_ratio >= 0 && config.weight_ratio < 1, "ratio", "in [0, 1)");
  need(config.weight_ratio == 0 || config.ema_decay == 0, "ema", "0 with pruned weights: an average is not sparse");
  need(config.validation_share > 0 && config.validation_share < 1, "validation-share", "in (0, 1)");
  need(config.checkpoint_seconds >= 0 && config.checkpoint_seconds <= 86400, "checkpoint-seconds", "from 0 to 86400");
  need(config.threads >= 0 && config.threads <= 256, "threads", "from 0 to 256");
  need(config.precision == Precision::kFp32 || config.device == Device::kCuda, "precision",
       "fp32 on the CPU; mixed is for --device cuda");
  if (config.tf32_gradients && (config.device != Device::kCuda || !config.spec.binary)) {
    throw UsageError("--tf32-gradients is for --binary training with --device cuda");
  }
  check_form(config.spec);
}

json to_json(const TrainConfig& config) {
  json object = {{"sample_rate_hz", sample_rate_hz(config.spec.input)},
                 {"window_samples", input_values(config.spec.input)},
                 {"class_count", config.spec.class_count},
                 {"network", graph_text(config.spec.graph)},
                 {"binary", config.spec.binary},
                 {"rule", to_string(config.rule)},
                 {"sign_gradient", to_string(config.sign_gradient)},
                 {"keep_8_bit", config.spec.form.keep_8_bit},
                 {"scaled", config.spec.form.scaled},
                 {"rprelu", config.spec.form.rprelu},
                 {"shortcuts", config.spec.form.shortcuts},
                 {"dropout", config.dropout},
                 {"data", config.data},
                 {"data_hash", config.data_hash},
                 {"classes", config.classes},
                 {"fold", config.fold},
                 {"init", config.init},
                 {"teacher", config.teacher},
                 {"teacher_weight", config.teacher_weight},
                 {"init_provenance", config.init_provenance},
                 {"teacher_provenance", config.teacher_provenance},
                 {"recipe", config.recipe},
                 {"init_hash", config.init_hash},
                 {"teacher_hash", config.teacher_hash},
                 {"select", to_string(config.select)},
                 {"validation_share", config.validation_share},
                 {"max_stretch", config.max_stretch},
                 {"max_gain_db", config.max_gain_db},
                 {"ema_decay", config.ema_decay},
                 {"momentum", config.momentum},
                 {"milestones", config.milestones},
                 {"step_divisor", config.step_divisor},
                 {"optimizer", to_string(config.optimizer)},
                 {"schedule", to_string(config.schedule)},
                 {"learning_rate", config.learning_rate},
                 {"weight_decay", config.weight_decay},
                 {"warmup_epochs", config.warmup_epochs},
                 {"activation_epochs", config.activation_epochs},
                 {"epochs", config.epochs},
                 {"batch_size", config.batch_size},
                 {"eval_every", config.eval_every},
                 {"seed", config.seed},
                 {"threads", config.threads}};
  if (!config.labels.empty()) object["labels"] = config.labels;                  // older runs lack it
  if (!config.pruning.empty()) object["pruning"] = json::parse(config.pruning);  // runs that were not pruned lack these
  if (config.weight_ratio > 0) {
    object["weight_ratio"] = config.weight_ratio;
    object["weight_scope"] = to_string(config.weight_scope);
  }
  if (is_image(config.spec.input)) {  // runs on sound lack it
    const ImageSize image = image_size(config.spec.input);
    object["image"] = {image.height, image.width, image.channels};
  }
  if (!config.nesterov) object["nesterov"] = false;
  if (config.checkpoint_seconds > 0) object["checkpoint_seconds"] = config.checkpoint_seconds;  // older runs lack it
  if (config.device != Device::kCpu) {  // runs on the CPU lack these
    object["device"] = to_string(config.device);
    object["precision"] = to_string(config.precision);
    if (config.tf32_gradients) object["tf32_gradients"] = true;
  }
  return object;
}

TrainConfig train_config_from_json(const json& json, const std::string& where) {
  TrainConfig config;
  try {
    refuse_wide_numbers(json, "");
    json.at("class_count").get_to(config.spec.class_count);
    read_structure(json, config.spec);
    json.at("binary").get_to(config.spec.binary);
    config.rule = parse_name<BinaryRule>(json.at("rule").get<std::string>(), "binary rule");
    config.sign_gradient = parse_name<SignGradient>(json.at("sign_gradient").get<std::string>(), "sign gradient");
    json.at("scaled").get_to(config.spec.form.scaled);
    json.at("rprelu").get_to(config.spec.form.rprelu);
    json.at("shortcuts").get_to(config.spec.form.shortcuts);
    json.at("dropout").get_to(config.dropout);
    json.at("data").get_to(config.data);
    json.at("data_hash").get_to(config.data_hash);
    json.at("classes").get_to(config.classes);
    json.at("fold").get_to(config.fold);
    json.at("init").get_to(config.init);
    json.at("teacher").get_to(config.teacher);
    json.at("teacher_weight").get_to(config.teacher_weight);
    json.at("init_provenance").get_to(config.init_provenance);
    json.at("teacher_provenance").get_to(config.teacher_provenance);
    json.at("recipe").get_to(config.recipe);
    json.at("init_hash").get_to(config.init_hash);
    json.at("teacher_hash").get_to(config.teacher_hash);
    config.select = parse_name<Select>(json.at("select").get<std::string>(), "selection");
    json.at("validation_share").get_to(config.validation_share);
    json.at("max_stretch").get_to(config.max_stretch);
    json.at("max_gain_db").get_to(config.max_gain_db);
    json.at("ema_decay").get_to(config.ema_decay);
    json.at("momentum").get_to(config.momentum);
    json.at("milestones").get_to(config.milestones);
    json.at("step_divisor").get_to(config.step_divisor);
    config.optimizer = parse_name<OptimizerKind>(json.at("optimizer").get<std::string>(), "optimizer");
    config.schedule = parse_name<Schedule>(json.at("schedule").get<std::string>(), "schedule");
    json.at("learning_rate").get_to(config.learning_rate);
    json.at("weight_decay").get_to(config.weight_decay);
    json.at("warmup_epochs").get_to(config.warmup_epochs);
    json.at("activation_epochs").get_to(config.activation_epochs);
    json.at("epochs").get_to(config.epochs);
    json.at("batch_size").get_to(config.batch_size);
    json.at("eval_every").get_to(config.eval_every);
    json.at("seed").get_to(config.seed);
    json.at("threads").get_to(config.threads);
    if (json.contains("labels")) json.at("labels").get_to(config.labels);
    if (json.contains("pruning")) {
      if (!json.at("pruning").is_object()) throw UsageError("pruning is no object");
      config.pruning = json.at("pruning").dump();
    }
    if (json.contains("weight_ratio")) {
      json.at("weight_ratio").get_to(config.weight_ratio);
      config.weight_scope = parse_prune_scope(config.spec.graph, json.at("weight_scope").get<std::string>());
    }
    config.nesterov = json.value("nesterov", true);
    config.checkpoint_seconds = json.value("checkpoint_seconds", 0.0);
    if (json.contains("device")) {
      config.device = parse_name<Device>(json.at("device").get<std::string>(), "device");
      config.precision = parse_name<Precision>(json.at("precision").get<std::string>(), "precision");
      config.tf32_gradients = json.value("tf32_gradients", false);
    }
    check_config(config);
    network_geometry(config.spec);
  } catch (const nlohmann::json::exception& error) {
    throw Error("{} is not a training config: {}", where, plain_message(error));
  } catch (const Error& error) {
    throw Error("{} is not a training config: {}", where, error.what());
  }
  return config;
}

}  // namespace stapes
