// SPDX-License-Identifier: Apache-2.0
// From an .onnx file to firmware: the commands of docs/importing.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_program.h"
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

}  // namespace
}  // namespace stapes::test
