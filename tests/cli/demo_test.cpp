// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "packed/writer.h"
#include "support/tiny_models.h"
#include "web/page_module.h"

namespace stapes::test {
namespace {

class Demo : public testing::Test {
 protected:
  void SetUp() override { write_model(model_, tiny_detector(), Existing::kRefuse); }
  Outcome demo(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "demo");
    return run_stapes(arguments);
  }

  TempDir folder_;
  std::string model_ = (folder_ / "m.stapes").string(), page_ = (folder_ / "page.html").string();
};

TEST_F(Demo, SaysWhenItWasBuiltWithoutThePage) {
  if (!kPageModule.empty()) GTEST_SKIP() << "built with STAPES_WEB";
  EXPECT_TRUE(fails_cleanly(demo({model_, "-o", page_}), 1, "STAPES_WEB"));
}

class DemoWritten : public Demo {
 protected:
  void SetUp() override {
    if (kPageModule.empty()) GTEST_SKIP() << "built without STAPES_WEB";
    Demo::SetUp();
  }
};

TEST_F(DemoWritten, IsOnePage) {
  const Outcome outcome = demo({model_, "-o", page_, "--json", "--title", "Wake word"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::string page = read_text_file(page_);
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json["file"], page_);
  EXPECT_EQ(json["bytes"], page.size());
  EXPECT_LT(page.size(), 1'200'000u) << "with a larger model it must stay under 1.5 MB";
  EXPECT_THAT(page, testing::HasSubstr("<h1>Wake word</h1>"));
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
}

TEST_F(DemoWritten, ReplacesAPageOnlyWhenForced) {
  write_text_file(page_, "mine", Existing::kRefuse);
  EXPECT_TRUE(fails_cleanly(demo({model_, "-o", page_}), 1, "page.html"));
  EXPECT_EQ(read_text_file(page_), "mine");
  EXPECT_EQ(demo({model_, "-o", page_, "--force"}).status, 0);
  EXPECT_TRUE(fails_cleanly(demo({model_, "-o", model_, "--force"}), 2));
}

TEST_F(DemoWritten, RefusesModelsThatCannotListen) {
  EXPECT_TRUE(fails_cleanly(demo({model_}), 2, "output"));
  EXPECT_TRUE(fails_cleanly(demo({(folder_ / "none.stapes").string(), "-o", page_}), 1, "none.stapes"));
  const std::string features = (folder_ / "features.stapes").string();
  write_model(features, tiny_depthwise(1), Existing::kRefuse);
  EXPECT_TRUE(
      fails_cleanly(demo({features, "-o", page_}), 1, "features.stapes takes features; expected an audio model"));
  std::string newer = read_text_file(model_);
  ++newer[8];  // the version
  write_text_file(model_, newer, Existing::kReplace);
  EXPECT_TRUE(fails_cleanly(demo({model_, "-o", page_}), 1, "later version"));
  EXPECT_FALSE(std::filesystem::exists(page_));
}

}  // namespace
}  // namespace stapes::test
