// SPDX-License-Identifier: Apache-2.0
#include "runs/train_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "graph/graph_toml.h"
#include "graph/networks.h"
#include "runs/recipes.h"

namespace stapes {
namespace {

TrainConfig some_config() {
  TrainConfig config;
  config.spec.graph = named_graph("micro-acdnet", 10);
  config.spec.class_count = 10;
  config.spec.binary = true;
  apply_binary_recipe(config);
  config.rule = BinaryRule::kPaper;
  config.teacher = "runs/teacher";
  return config;
}

TEST(TrainConfig, JsonKeepsEveryField) {
  const nlohmann::json json = to_json(some_config());
  EXPECT_EQ(to_json(train_config_from_json(json, "test")), json);
}

TEST(TrainConfig, BackgroundsAreKeptAndAbsentWithoutThem) {
  TrainConfig config = some_config();
  for (const char* key : {"background", "snr_db", "background_share", "background_hash"}) {
    EXPECT_FALSE(to_json(config).contains(key)) << key;
  }
  config.background = "/data/b.data";
  config.background_hash = "0123456789abcdef";
  config.snr_db = {-5, 12.5};
  config.background_share = 0.75;
  config.select = Select::kDetector;
  const nlohmann::json json = to_json(config);
  const TrainConfig read = train_config_from_json(json, "test");
  EXPECT_EQ(to_json(read), json);
  EXPECT_EQ(read.snr_db, config.snr_db);
  EXPECT_EQ(read.background_share, 0.75);
  EXPECT_EQ(read.select, Select::kDetector);
  nlohmann::json damaged = json;
  damaged.erase("background_hash");
  EXPECT_THROW(train_config_from_json(damaged, "test"), Error);
}

TEST(TrainConfig, TheDeviceIsKeptAndAConfigWithoutOneMeansTheCpu) {
  TrainConfig config = some_config();
  EXPECT_FALSE(to_json(config).contains("device"));
  config.device = Device::kCuda;
  config.precision = Precision::kMixed;
  const TrainConfig read = train_config_from_json(to_json(config), "test");
  EXPECT_EQ(read.device, Device::kCuda);
  EXPECT_EQ(read.precision, Precision::kMixed);
  config.device = Device::kCpu;
  EXPECT_THROW(check_config(config), UsageError);
}

TEST(TrainConfig, AMissingOrWrongFieldIsNamed) {
  nlohmann::json json = to_json(some_config());
  json.erase("fold");
  try {
    train_config_from_json(json, "run/config.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("fold"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("run/config.json"), std::string::npos);
  }
  json = to_json(some_config());
  json["epochs"] = 0;
  try {
    train_config_from_json(json, "run/config.json");
    FAIL();
  } catch (const UsageError&) {
    FAIL() << "the file is wrong, not the command";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("run/config.json"), std::string::npos);
  }
}

std::string refusal(const nlohmann::json& json) {
  try {
    train_config_from_json(json, "run/config.json");
  } catch (const UsageError&) {
    return "the file is wrong, not the command";
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// 2^32 + 1 would become 1 in an int.
TEST(TrainConfig, ANumberTooWideIsRefusedAndNotWrapped) {
  for (const char* key : {"epochs", "fold", "window_samples", "batch_size", "threads"}) {
    for (const std::int64_t wide : {(std::int64_t{1} << 32) + 1, std::int64_t{1} << 31, -(std::int64_t{1} << 40)}) {
      nlohmann::json json = to_json(some_config());
      json[key] = wide;
      const std::string message = refusal(json);
      EXPECT_NE(message.find(key), std::string::npos) << message;
      EXPECT_NE(message.find("out of range"), std::string::npos) << message;
    }
  }
  nlohmann::json json = to_json(some_config());
  json["widths"][3] = (std::int64_t{1} << 32) + 8;
  EXPECT_NE(refusal(json).find("widths"), std::string::npos);
  json = to_json(some_config());
  json["seed"] = std::uint64_t{1} << 63;
  EXPECT_EQ(train_config_from_json(json, "test").seed, std::uint64_t{1} << 63);
  json["seed"] = -5;
  EXPECT_NE(refusal(json), "");
}

TEST(TrainConfig, TheLibrarysOwnWordsAreLeftOut) {
  nlohmann::json json = to_json(some_config());
  json.erase("momentum");
  EXPECT_EQ(refusal(json), "run/config.json is not a training config: key 'momentum' not found");
}

TEST(TrainConfig, NumbersOutOfRangeAreNamed) {
  const std::pair<void (*)(TrainConfig&), const char*> cases[] = {
      {[](TrainConfig& c) { c.momentum = 1; }, "--momentum"},
      {[](TrainConfig& c) {
         c.milestones = {0.5, 0.2};
       },
       "--milestones"},
      {[](TrainConfig& c) {
         c.milestones = {0.5, 1};
       },
       "--milestones"},
      {[](TrainConfig& c) { c.step_divisor = 0; }, "--step-divisor"},
      {[](TrainConfig& c) { c.max_stretch = 0.5; }, "--stretch"},
      {[](TrainConfig& c) { c.max_gain_db = -1; }, "--gain-db"},
      {[](TrainConfig& c) { c.ema_decay = 1; }, "--ema"},
      {[](TrainConfig& c) { c.validation_share = 0; }, "--validation-share"},
      {[](TrainConfig& c) { c.background_share = 0; }, "--background-share"},
      {[](TrainConfig& c) { c.background_share = 1.5; }, "--background-share"},
      {[](TrainConfig& c) { c.snr_db = {}; }, "--snr"},
      {[](TrainConfig& c) { c.snr_db = {5}; }, "--snr"},
      {[](TrainConfig& c) {
         c.snr_db = {20, 0};
       },
       "--snr"},
      {[](TrainConfig& c) {
         c.snr_db = {-31, 0};
       },
       "--snr"},
      {[](TrainConfig& c) {
         c.snr_db = {0, 60.5};
       },
       "--snr"},
      {[](TrainConfig& c) {
         c.spec.input = ImageSize{32, 32, 3};
         c.background = "b.data";
       },
       "--background"},
  };
  for (const auto& [spoil, option] : cases) {
    TrainConfig config = some_config();
    spoil(config);
    try {
      check_config(config);
      FAIL() << option;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(option), std::string::npos) << error.what();
    }
  }
}

// Published in arXiv:2103.03483 and arXiv:2108.06128.
TEST(Recipes, AreThePublishedNumbers) {
  const std::pair<const char*, int> full_precision[] = {{"esc", 2000}, {"us8k", 1200}, {"audioevent", 1500}};
  for (const auto& [name, epochs] : full_precision) {
    TrainConfig config;
    apply_recipe(name, config);
    EXPECT_EQ(config.recipe, name);
    EXPECT_EQ(config.epochs, epochs);
    EXPECT_EQ(config.batch_size, 64);
    EXPECT_EQ(config.optimizer, OptimizerKind::kSgd);
    EXPECT_EQ(config.momentum, 0.9);
    EXPECT_EQ(config.weight_decay, 5e-4);
    EXPECT_FALSE(config.spec.binary);
    const ScheduleSpec schedule = config.schedule_spec();
    const double n = epochs;
    EXPECT_DOUBLE_EQ(learning_rate(schedule, 0), 0.01);
    EXPECT_DOUBLE_EQ(learning_rate(schedule, 9.9), 0.01);
    EXPECT_DOUBLE_EQ(learning_rate(schedule, 10), 0.1);
    EXPECT_DOUBLE_EQ(learning_rate(schedule, 0.3 * n - 1), 0.1);
    EXPECT_DOUBLE_EQ(learning_rate(schedule, 0.3 * n), 0.01);
    EXPECT_DOUBLE_EQ(learning_rate(schedule, 0.6 * n), 0.001);
    EXPECT_DOUBLE_EQ(learning_rate(schedule, 0.9 * n), 0.0001);
  }
  for (const char* name : {"xnor-paper", "xnor"}) {
    TrainConfig config;
    apply_recipe(name, config);
    EXPECT_TRUE(config.spec.binary);
    EXPECT_EQ(config.rule, std::string(name) == "xnor" ? BinaryRule::kDefault : BinaryRule::kPaper);
    EXPECT_EQ(config.optimizer, OptimizerKind::kAdam);
  }
  TrainConfig paper;
  apply_recipe("xnor-paper", paper);
  EXPECT_EQ(paper.epochs, 2000);
  EXPECT_EQ(paper.learning_rate, 1e-3);
  EXPECT_EQ(paper.weight_decay, 1e-4);
  EXPECT_EQ(paper.schedule, Schedule::kCosine);
  EXPECT_THROW(apply_recipe("imagenet", paper), UsageError);
  EXPECT_EQ(recipe_names().size(), 7u);
}

TEST(Recipes, OfImagesAreThePublishedNumbers) {
  TrainConfig full, binary;
  apply_recipe("cifar", full);
  apply_recipe("cifar-xnor", binary);
  EXPECT_EQ(full.optimizer, OptimizerKind::kSgd);
  EXPECT_EQ(full.learning_rate, 0.1);
  EXPECT_EQ(full.momentum, 0.9);
  EXPECT_EQ(full.weight_decay, 5e-4);
  EXPECT_EQ(binary.optimizer, OptimizerKind::kAdam);
  EXPECT_EQ(binary.learning_rate, 1e-3);
  EXPECT_EQ(binary.weight_decay, 1e-4);
  EXPECT_EQ(binary.rule, BinaryRule::kPaper);
  for (const TrainConfig* config : {&full, &binary}) {
    EXPECT_EQ(config->epochs, 400);
    EXPECT_EQ(config->batch_size, 64);
    EXPECT_EQ(config->schedule, Schedule::kCosine);
    EXPECT_FALSE(config->nesterov);
    EXPECT_EQ(config->dropout, 0);
    EXPECT_DOUBLE_EQ(learning_rate(config->schedule_spec(), 0), config->learning_rate) << "no warm-up";
  }
}

// Version 0.2.0 wrote a family and its widths, with convolutions by number.
nlohmann::json as_version_0_2_0(const TrainConfig& config, const std::vector<int>& eight_bit) {
  nlohmann::json older = to_json(config);
  older.erase("network");
  older.erase("keep_8_bit");
  older["widths"] = config.spec.graph.widths;
  older["eight_bit"] = eight_bit;
  return older;
}

TEST(TrainConfig, OfOlderRunsIsRead) {
  TrainConfig config = some_config();
  config.spec.form.keep_8_bit = {"conv2", "conv12"};
  const nlohmann::json older = as_version_0_2_0(config, {2, 12});
  const TrainConfig read = train_config_from_json(older, "test");
  EXPECT_EQ(read.spec.graph.nodes, config.spec.graph.nodes);
  EXPECT_EQ(read.spec.graph.widths, config.spec.graph.widths);
  EXPECT_EQ(read.spec.form, config.spec.form);
}

TEST(TrainConfig, OfImagesIsKept) {
  TrainConfig config;
  apply_recipe("cifar", config);
  config.spec = named_network("resnet18:4,4,8,8", 10, ImageSize{32, 32, 3});
  const nlohmann::json json = to_json(config);
  const TrainConfig read = train_config_from_json(json, "test");
  EXPECT_EQ(to_json(read), json);
  EXPECT_EQ(read.spec.graph.nodes, config.spec.graph.nodes);
  EXPECT_EQ(read.spec.input, NetworkInput(ImageSize{32, 32, 3}));
  EXPECT_FALSE(read.nesterov);
  EXPECT_FALSE(to_json(some_config()).contains("image")) << "the JSON of a run on sound has not changed";
}

// A config of version 0.2, without the network. A resumed run must write it back unchanged.
constexpr const char* kWrittenBefore = R"({
  "activation_epochs": 5,
  "batch_size": 64,
  "binary": true,
  "checkpoint_seconds": 5.0,
  "class_count": 4,
  "classes": "first:4",
  "data": "runs/a.data",
  "data_hash": "297d14158ab5df7d",
  "dropout": 0.0,
  "ema_decay": 0.8333333333333334,
  "epochs": 15,
  "eval_every": 1,
  "fold": 1,
  "image": [32, 32, 3],
  "init": "runs/fp32",
  "init_hash": "482772263c959e30",
  "init_provenance": "{\"epoch\":15}",
  "keep_8_bit": ["depthwise1a", "depthwise1b", "depthwise2a", "depthwise2b", "depthwise3a", "depthwise3b"],
  "labels": ["airplane", "automobile", "bird", "cat"],
  "learning_rate": 0.001,
  "max_gain_db": 6.0,
  "max_stretch": 1.25,
  "milestones": [0.3, 0.6, 0.9],
  "momentum": 0.9,
  "nesterov": false,
  "optimizer": "adam",
  "recipe": "none",
  "rprelu": false,
  "rule": "default",
  "sample_rate_hz": 0,
  "scaled": true,
  "schedule": "cosine",
  "seed": 1,
  "select": "test",
  "shortcuts": false,
  "sign_gradient": "clip",
  "step_divisor": 10.0,
  "teacher": "runs/fp32",
  "teacher_hash": "482772263c959e30",
  "teacher_provenance": "{\"epoch\":15}",
  "teacher_weight": 0.8,
  "threads": 0,
  "validation_share": 0.15,
  "warmup_epochs": 0,
  "weight_decay": 0.0001,
  "window_samples": 3072
})";

TEST(TrainConfig, IsWrittenKeyByKeyAsItWasBefore) {
  nlohmann::json before = nlohmann::json::parse(kWrittenBefore);
  before["network"] = graph_text(named_graph("mobilenet-like", 4));
  EXPECT_EQ(to_json(train_config_from_json(before, "test")).dump(), before.dump());
  before.update({{"device", "cuda"}, {"precision", "fp32"}});
  EXPECT_EQ(to_json(train_config_from_json(before, "test")).dump(), before.dump());
  before.update({{"precision", "mixed"}, {"tf32_gradients", true}});
  EXPECT_EQ(to_json(train_config_from_json(before, "test")).dump(), before.dump());
  before.update(
      {{"ema_decay", 0.0}, {"weight_ratio", 0.9}, {"weight_scope", "network"}, {"pruning", {{"ratio", 0.9}}}});
  EXPECT_EQ(to_json(train_config_from_json(before, "test")).dump(), before.dump());
}

// A key omitted at its default is required if another key implies it.
TEST(TrainConfig, AKeyThatBelongsToAnotherIsMissed) {
  nlohmann::json json = to_json(some_config());
  json["device"] = "cuda";
  EXPECT_EQ(refusal(json), "run/config.json is not a training config: key 'precision' not found");
  json["precision"] = "fp32";
  EXPECT_EQ(refusal(json), "");
}

// A resume compares the whole text, so later keys are omitted at their old default.
TEST(TrainConfig, OfAnEarlierRunIsReadAndWrittenAsItWas) {
  TrainConfig config = some_config();
  config.optimizer = OptimizerKind::kAdam;
  const nlohmann::json early = to_json(config);
  EXPECT_FALSE(early.contains("checkpoint_seconds"));
  EXPECT_FALSE(early.contains("tf32_gradients"));
  EXPECT_FALSE(early.contains("labels"));
  EXPECT_EQ(to_json(train_config_from_json(early, "test")), early);
  config.checkpoint_seconds = 2.5;
  config.labels = {"dog", "caf\u00e9, open"};
  config.spec.binary = true;
  config.device = Device::kCuda;
  config.tf32_gradients = true;
  const TrainConfig late = train_config_from_json(to_json(config), "test");
  EXPECT_EQ(late.checkpoint_seconds, 2.5);
  EXPECT_EQ(late.labels, config.labels);
  EXPECT_TRUE(late.tf32_gradients);
}

TEST(Recipes, KnowTheirWindows) {
  EXPECT_EQ(default_window_samples("esc", 20000), 30225);
  EXPECT_EQ(default_window_samples("none", 44100), 66650);
  EXPECT_EQ(default_window_samples("audioevent", 16000), 51215);
  EXPECT_EQ(default_window_samples("none", 16000), 16000);
}

TEST(EmaDecay, AveragesTheLastTwentiethOfTheSteps) {
  EXPECT_DOUBLE_EQ(default_ema_decay(1000), 0.98);
  EXPECT_DOUBLE_EQ(default_ema_decay(10000), 0.998);
  EXPECT_DOUBLE_EQ(default_ema_decay(3), 0.5);
  EXPECT_DOUBLE_EQ(default_ema_decay(10000000), 0.9999);
}

}  // namespace
}  // namespace stapes
