// SPDX-License-Identifier: Apache-2.0
// From an .onnx file to firmware: the commands of docs/guides/importing.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/training_run.h"
#include "import/onnx_graphs.h"

namespace stapes::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ImportOnnx : public testing::Test {
 protected:
  ImportOnnx() {
    write_file(dir_ / "kws.onnx", depthwise_graph().bytes(), Existing::kRefuse);
    write_text_file(dir_ / "words.txt", "yes\nno\nup\ndown\n", Existing::kRefuse);
    Philox random(5, Philox::Purpose::kTest);
    std::vector<float> features(20 * 210);
    for (float& value : features) value = static_cast<float>(random.normal());
    write_file(dir_ / "features.f32", std::as_bytes(std::span(features)), Existing::kRefuse);
    write_file(dir_ / "one.f32", std::as_bytes(std::span(features).first(210)), Existing::kRefuse);
  }
  std::string path(const std::string& name) const { return (dir_ / name).string(); }
  Outcome import(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"import-onnx", path("kws.onnx"), "-o", path("kws.network"), "--force"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_stapes(arguments);
  }

  TempDir dir_;
};

TEST_F(ImportOnnx, LeadsToFirmwareInFiveCommands) {
  const Outcome imported = import({"--labels", path("words.txt")});
  ASSERT_EQ(imported.status, 0) << imported.err;
  EXPECT_THAT(imported.out, HasSubstr("6 nodes, features of 21 x 10 x 1, 4 classes"));
  EXPECT_THAT(imported.err, HasSubstr("left out node softmax"));
  const Outcome quantized =
      run_stapes({"quantize", path("kws.network"), "--features", path("features.f32"), "-o", path("kws.stapes")});
  ASSERT_EQ(quantized.status, 0) << quantized.err;
  EXPECT_THAT(quantized.out, HasSubstr("calibrated on 15 windows of features"));
  const Outcome info = run_stapes({"info", path("kws.stapes"), "--json"});
  EXPECT_THAT(info.out, AllOf(HasSubstr("\"imported_from\":"), HasSubstr("\"features.f32\""))) << info.err;
  EXPECT_THAT(run_stapes({"info", path("kws.stapes")}).out, HasSubstr("features of 21 x 10 x 1"));
  const Outcome run = run_stapes({"run", path("kws.stapes"), "--input", path("one.f32"), "--json"});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_EQ(nlohmann::json::parse(run.out)["scores"].size(), 4u);
  const Outcome exported =
      run_stapes({"export", path("kws.stapes"), "--target", "host", "--name", "kws", "-o", path("kws")});
  ASSERT_EQ(exported.status, 0) << exported.err;
  EXPECT_THAT(read_text_file(dir_ / "kws/include/kws.h"), HasSubstr("const int8_t* features"));
}

TEST_F(ImportOnnx, SaysWhichNodesAndDimensionsItRead) {
  const Outcome imported = import({"--json"});
  ASSERT_EQ(imported.status, 0) << imported.err;
  const auto json = nlohmann::json::parse(imported.out);
  EXPECT_EQ(json["input"], nlohmann::json({21, 10, 1}));
  EXPECT_EQ(json["input_dims"], nlohmann::json({2, 3, -1}));
  EXPECT_EQ(json["left_out"], "softmax");
  EXPECT_EQ(json["nodes"][1], nlohmann::json({{"name", "depthwise1"}, {"onnx", "depth"}}));
}

TEST_F(ImportOnnx, WhatDoesNotFitIsRefused) {
  EXPECT_THAT(import({"--sample-rate", "16000"}).err, HasSubstr("an input of 21 x 10 x 1; audio has one row"));
  EXPECT_THAT(import({"--images", "--sample-rate", "16000"}).err, HasSubstr("excludes"));
  EXPECT_THAT(run_stapes({"import-onnx", path("words.txt"), "-o", path("x.network")}).err,
              HasSubstr("not an ONNX model"));
  ASSERT_EQ(import().status, 0);
  EXPECT_THAT(run_stapes({"quantize", path("kws.network"), "-o", path("x.stapes")}).err,
              HasSubstr("nothing to calibrate on; give --data or --features"));
  EXPECT_THAT(
      run_stapes({"quantize", path("kws.network"), "--features", path("words.txt"), "-o", path("x.stapes")}).err,
      HasSubstr("expected two or more windows of 210 float32 values"));
}

// 1-D convolutions over samples, as exported by PyTorch.
OnnxBuilder sound_graph() {
  OnnxBuilder b;
  b.input("x", {1, 1, 2000}).output("scores");
  b.random("a_w", {8, 1, 9}).random("b_w", {12, 8, 5}, 0.2).random("head_w", {3, 12}).random("head_b", {3});
  b.node("Conv", "a", {"x", "a_w"}, {{"strides", OnnxList{4}}});
  b.norm("a_norm", "a", 8).node("Relu", "a_relu", {"a_norm"});
  b.node("MaxPool", "max", {"a_relu"}, {{"kernel_shape", OnnxList{4}}, {"strides", OnnxList{4}}});
  b.node("Conv", "b", {"max", "b_w"});
  b.norm("b_norm", "b", 12).node("Relu", "b_relu", {"b_norm"});
  b.node("GlobalAveragePool", "mean", {"b_relu"});
  b.node("Flatten", "flat", {"mean"});
  b.node("Gemm", "scores", {"flat", "head_w", "head_b"}, {{"transB", std::int64_t{1}}});
  return b;
}

TEST_F(Training, AnOnnxNetworkIsFineTunedInFloatAndOnTheGrid) {
  write_file(dir_ / "wave.onnx", sound_graph().bytes(), Existing::kRefuse);
  write_text_file(dir_ / "words.txt", "low\nmiddle\nhigh\n", Existing::kRefuse);
  const Outcome imported = run_stapes({"import-onnx", path("wave.onnx"), "--sample-rate", "8000", "--labels",
                                       path("words.txt"), "-o", path("wave.network")});
  ASSERT_EQ(imported.status, 0) << imported.err;
  const Outcome tuned =
      run_stapes({"train", path("tones"), "--init", path("wave.network"), "--epochs", "40", "--schedule", "one-cycle",
                  "--optimizer", "adam", "--lr", "0.01", "--batch", "8", "-o", path("run"), "-q"});
  ASSERT_EQ(tuned.status, 0) << tuned.err;
  const Outcome int8 = run_stapes({"quantize", path("run"), "--data", path("tones"), "--calibration", "20", "--aware",
                                   "--epochs", "2", "--batch", "8", "-o", path("int8.stapes"), "--json"});
  ASSERT_EQ(int8.status, 0) << int8.err;
  const auto aware = nlohmann::json::parse(int8.out)["aware_training"];
  EXPECT_EQ(aware["epochs"], 2);
  EXPECT_GT(aware["accuracy"], 80);  // three tones; 33 with the file's random weights
}

TEST_F(Training, NetworksOfFeaturesAreNotTrainedOnSound) {
  write_file(dir_ / "kws.onnx", depthwise_graph().bytes(), Existing::kRefuse);
  ASSERT_EQ(run_stapes({"import-onnx", path("kws.onnx"), "-o", path("kws.network")}).status, 0);
  const Outcome tuned = run_stapes({"train", path("tones"), "--init", path("kws.network"), "-o", path("run")});
  EXPECT_EQ(tuned.status, 2);
  EXPECT_THAT(tuned.err, HasSubstr("takes features"));
  const std::vector<float> features(420, 0.5f);
  write_file(dir_ / "features.f32", std::as_bytes(std::span(features)), Existing::kRefuse);
  const Outcome aware = run_stapes(
      {"quantize", path("kws.network"), "--features", path("features.f32"), "--aware", "-o", path("int8.stapes")});
  EXPECT_EQ(aware.status, 2);
  EXPECT_THAT(aware.err, HasSubstr("--aware trains on a data set"));
}

}  // namespace
}  // namespace stapes::test
