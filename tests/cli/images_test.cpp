// SPDX-License-Identifier: Apache-2.0
// images_test.cpp: trains a small ResNet on real images, compresses it by every route, and compares packed models with
// the trained ones.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/pictures.h"
#include "cli/run_program.h"
#include "data/tiny_data_set.h"
#include "support/shared_data.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {

using nlohmann::json;

class Images : public testing::Test {
 protected:
  void SetUp() override {
#ifndef STAPES_HAS_TRAINING
    GTEST_SKIP() << "this build has no stapes-train";
#endif
    STAPES_NEEDS_TEST_DATA(kPictures);
    const TempDir tree;
    ASSERT_NO_FATAL_FAILURE(unpack_pictures(tree));
    ASSERT_EQ(run_stapes({"data", "import", "images", tree.path().string(), "-o", data(), "--limit", "200"}).status, 0);
  }

  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  std::string data() const { return path("cifar.data"); }
  static std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  // Four classes: airplane, automobile, bird, cat.
  void train(const std::string& run, const std::vector<std::string>& more) const {
    const Outcome outcome =
        run_stapes(with({"train", data(), "--classes", "first:4", "--threads", "2", "-q", "-o", path(run)}, more));
    ASSERT_EQ(outcome.status, 0) << outcome.err;
  }
  void make(const std::vector<std::string>& arguments) const {
    const Outcome outcome = run_stapes(arguments);
    ASSERT_EQ(outcome.status, 0) << outcome.err;
  }
  json eval(const std::string& model) const {
    const Outcome outcome = run_stapes({"eval", path(model), data(), "--classes", "first:4", "--json"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse(outcome.out);
  }
  static double accuracy(const json& evaluation, const char* form) {
    return evaluation.at(form).at("ten_crops").at("accuracy");
  }

  TempDir dir_;
};

TEST_F(Images, ASmallResnetIsTrainedPackedThreeWaysAndStaysWhatItWas) {
  train("fp32", {"--model", "resnet18:8,16,16,32", "--epochs", "12"});
  train("xnor",
        {"--binary", "--init", path("fp32"), "--teacher", path("fp32"), "--epochs", "20", "--activation-epochs", "4"});
  make({"prune", path("fp32"), "--ratio", "0.2", "--epochs", "4", "--threads", "2", "-q", "-o", path("pruned")});
  make({"quantize", path("fp32"), "--data", data(), "--classes", "first:4", "-o", path("int8.stapes")});
  make({"quantize", path("pruned"), "--data", data(), "--classes", "first:4", "-o", path("pruned.stapes")});
  make({"pack", path("fp32"), "-o", path("fp32.stapes")});
  make({"pack", path("xnor"), "-o", path("xnor.stapes")});

  const json fp32 = eval("fp32"), xnor = eval("xnor"), pruned = eval("pruned");
  EXPECT_GT(accuracy(fp32, "training"), 45) << "a quarter is chance";
  EXPECT_GT(accuracy(xnor, "training"), 35);
  EXPECT_EQ(fp32.at("packed"), fp32.at("training")) << "the same decisions";
  // The stem's weights are rounded to 8 bits, so values near a threshold may flip.
  EXPECT_NEAR(accuracy(xnor, "packed"), accuracy(xnor, "training"), 3);
  EXPECT_NEAR(accuracy(eval("int8.stapes"), "packed"), accuracy(fp32, "training"), 1.5);
  EXPECT_NEAR(accuracy(eval("pruned.stapes"), "packed"), accuracy(pruned, "training"), 1.5);

  const auto bytes = [&](const char* file) { return static_cast<double>(std::filesystem::file_size(dir_ / file)); };
  EXPECT_LT(bytes("xnor.stapes"), bytes("fp32.stapes") / 12);
  EXPECT_LT(bytes("pruned.stapes"), bytes("int8.stapes"));

  // Fails unless the emulated core computes bit-identical results.
  for (const char* model : {"xnor.stapes", "int8.stapes", "pruned.stapes"}) {
    const Outcome measured = run_stapes({"measure", path(model), "--target", "cortex-m7", "--json"});
    ASSERT_EQ(measured.status, 0) << measured.err;
  }
}

TEST(ImageUsage, WhatDoesNotFitIsRefusedBeforeAnythingIsWritten) {
#ifndef STAPES_HAS_TRAINING
  GTEST_SKIP() << "this build has no stapes-train";
#endif
  const TempDir dir;
  const auto path = [&](const char* name) { return (dir / name).string(); };
  write_tiny_images(dir / "a.data", {.clips = 24, .labels = 3, .folds = 2, .image = {16, 16, 3}});
  write_tiny_images(dir / "small.data", {.clips = 24, .labels = 3, .folds = 2, .image = {4, 4, 3}});
  const auto refused = [&](const char* data, int status, const std::vector<std::string>& more, const char* message) {
    std::vector<std::string> arguments = {"train", path(data), "-q", "-o", path("x")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return fails_cleanly(run_stapes(arguments), status, message);
  };
  EXPECT_TRUE(refused("a.data", 2, {"--model", "micro-acdnet"}, "use --model resnet18"));
  EXPECT_TRUE(refused("a.data", 2, {"--model", "resnet18:8,16"}, "takes 4 or 12 widths, got 2"));
  EXPECT_TRUE(refused("a.data", 2, {"--recipe", "esc"}, "for images choose cifar or cifar-xnor"));
  EXPECT_TRUE(
      refused("a.data", 2, {"--samples", "768"}, "--samples, --stretch, --gain-db and --background are for sound"));
  EXPECT_TRUE(refused("a.data", 2, {"--binary", "--shortcuts"}, "already has shortcuts"));
  EXPECT_TRUE(refused("a.data", 2, {"--binary", "--keep-8-bit", "block2conv1"}, "reads the addition block1add"));
  EXPECT_TRUE(refused("a.data", 2, {"--classes", "cifar100:10"}, "cifar100"));
  EXPECT_TRUE(refused("small.data", 1, {}, "too deep for images of 4 x 4"));
  EXPECT_FALSE(std::filesystem::exists(dir / "x"));
}

}  // namespace
}  // namespace stapes::test
