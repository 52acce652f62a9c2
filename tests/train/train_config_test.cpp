#include "train/train_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace stapes {
namespace {

TrainConfig some_config() {
  TrainConfig config;
  config.spec.widths = acdnet_widths("micro-acdnet", 10);
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

}  // namespace
}  // namespace stapes
