// SPDX-License-Identifier: Apache-2.0
#include "runs/train_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "data/background_mix.h"
#include "graph/binary_form.h"
#include "graph/geometry.h"
#include "graph/graph_toml.h"
#include "graph/networks.h"
#include "runs/option_text.h"
#include "runs/train_options.h"

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

// Refuses numbers that do not fit an int: 2^32 + 1 would become 1. Only the seed may be larger.
void refuse_wide_numbers(const json& value, const std::string& name) {
  for (const auto& [key, item] : value.items()) {
    const std::string what = value.is_array() ? name : key;
    if (item.is_array()) refuse_wide_numbers(item, what);
    const bool wide =
        item.is_number_integer() && (item > std::numeric_limits<int>::max() || item < std::numeric_limits<int>::min());
    const bool is_seed = what == "seed";
    const bool negative_seed = is_seed && item.is_number_integer() && !item.is_number_unsigned() && item < 0;
    if (is_seed ? negative_seed : wide) {
      throw UsageError("{} is {}, out of range; expected {}", what, item.dump(),
                       is_seed ? "0 or more" : "a 32-bit integer");
    }
  }
}

// Removes the library's prefix, e.g. "[json.exception.out_of_range.403] ".
std::string plain_message(const json::exception& error) {
  const std::string text = error.what();
  const std::size_t end = text.find("] ");
  return end == std::string::npos ? text : text.substr(end + 2);
}

// Configs from before version 0.3 have a family and widths instead of a graph, and number their convolutions.
void read_structure(const json& json, NetworkSpec& spec) {
  if (json.contains("image")) {
    const auto image = json.at("image").get<std::array<int, 3>>();
    spec.input = ImageSize{image[0], image[1], image[2]};
  } else if (json.contains("features")) {
    const auto size = json.at("features").get<std::array<int, 3>>();
    spec.input = FeatureSize{size[0], size[1], size[2]};
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

template <class Value>
json as_json(const Value& value) {
  if constexpr (NamedEnum<Value>) {
    return to_string(value);
  } else {
    return value;
  }
}

void write_options(const TrainConfig& config, json& object) {
  visit_options(OptionsOf<TrainConfig>{}, [&](const Option<TrainConfig>& option, const auto& get) {
    const bool stored = *option.key != '\0' && (option.stored_if == nullptr || option.stored_if(config));
    if (stored) object[option.key] = as_json(get(config));
  });
}

// A key may be missing only if write_options() would omit it.
void read_options(const json& object, TrainConfig& config) {
  visit_options(OptionsOf<TrainConfig>{}, [&](const Option<TrainConfig>& option, const auto& get) {
    if (*option.key == '\0' || (option.stored_if != nullptr && !object.contains(option.key))) return;
    auto& value = get(config);
    using Value = std::remove_cvref_t<decltype(value)>;
    if constexpr (NamedEnum<Value>) {
      value = parse_name<Value>(object.at(option.key).template get<std::string>(), option.key);
    } else {
      object.at(option.key).get_to(value);
    }
  });
  visit_options(OptionsOf<TrainConfig>{}, [&](const Option<TrainConfig>& option, const auto&) {
    if (option.stored_if != nullptr && option.stored_if(config)) static_cast<void>(object.at(option.key));
  });
}

}  // namespace

void forget_teacher(TrainConfig& config) {
  config.teacher.clear();
  config.teacher_provenance = "{}";
  config.teacher_hash.clear();
  config.feature_weight = 0;
}

void check_config(const TrainConfig& config) {
  check_bounds(config);
  const auto need = [](bool right, const char* option, const char* expected) {
    if (!right) throw UsageError("--{} must be {}", option, expected);
  };
  need(config.activation_epochs < config.epochs, "activation-epochs", "less than --epochs");
  need(ascend_within_0_and_1(config.milestones), "milestones", "ascending shares of the epochs, above 0 and below 1");
  need(config.weight_ratio >= 0 && config.weight_ratio < 1, "ratio", "at least 0 and below 1");
  need(config.weight_ratio == 0 || config.ema_decay == 0, "ema", "0 with pruned weights: an average is not sparse");
  need(config.precision == Precision::kFp32 || config.device == Device::kCuda, "precision",
       "fp32 on the CPU; mixed is for --device cuda");
  if (config.tf32_gradients && (config.device != Device::kCuda || !config.spec.binary)) {
    throw UsageError("--tf32-gradients is for --binary training with --device cuda");
  }
  const std::string snr = snr_problem(config.snr_db);
  if (!snr.empty()) throw UsageError("--snr: {}", snr);
  need(config.background.empty() || input_kind(config.spec.input) == InputKind::kSound, "background",
       "left out: it is for sound");
  need(config.feature_weight == 0 || !config.teacher.empty(), "feature-weight", "0 without --teacher");
  check_form(config.spec);
}

json to_json(const TrainConfig& config) {
  json object = {{"sample_rate_hz", sample_rate_hz(config.spec.input)},
                 {"window_samples", input_values(config.spec.input)},
                 {"class_count", config.spec.class_count},
                 {"network", graph_text(config.spec.graph)},
                 {"keep_8_bit", config.spec.form.keep_8_bit}};
  write_options(config, object);
  if (!config.pruning.empty()) object["pruning"] = json::parse(config.pruning);
  if (config.weight_ratio > 0) object["weight_scope"] = to_string(config.weight_scope);
  if (is_image(config.spec.input)) {
    const ImageSize image = image_size(config.spec.input);
    object["image"] = {image.height, image.width, image.channels};
  }
  if (const auto* size = std::get_if<FeatureSize>(&config.spec.input)) {
    object["features"] = {size->height, size->width, size->channels};
  }
  return object;
}

TrainConfig train_config_from_json(const json& json, const std::string& where) {
  TrainConfig config;
  try {
    refuse_wide_numbers(json, "");
    json.at("class_count").get_to(config.spec.class_count);
    read_structure(json, config.spec);
    read_options(json, config);
    if (json.contains("pruning")) {
      if (!json.at("pruning").is_object()) throw UsageError("pruning is not an object");
      config.pruning = json.at("pruning").dump();
    }
    if (json.contains("weight_ratio")) {
      config.weight_scope = parse_prune_scope(config.spec.graph, json.at("weight_scope").get<std::string>());
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
