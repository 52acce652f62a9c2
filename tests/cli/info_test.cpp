// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "support/acdnet_models.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;

class Info : public testing::Test {
 protected:
  std::string write(const fb::ModelT& model) {
    const auto path = folder_ / "m.stapes";
    write_model(path, model, Existing::kReplace);
    return path.string();
  }
  static nlohmann::json info_json(const std::string& path) {
    const Outcome outcome = run_stapes({"info", path, "--json"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out);
  }

  TempDir folder_;
};

TEST_F(Info, HasTheKeysScriptsRelyOn) {
  const std::string path = write(acdnet_model("xnor", kMicroWidths, 10));
  const auto json = info_json(path);
  EXPECT_EQ(json["route"], "xnor");
  EXPECT_EQ(json["macs"], 14'284'214);
  EXPECT_EQ(json["binary_macs"], 14'284'214 - 951'867 - 480);  // all but conv1 and the head
  EXPECT_EQ(json["widths"], (std::vector<int>(kMicroWidths.begin(), kMicroWidths.end())));
  EXPECT_EQ(json["file_bytes"], std::filesystem::file_size(path));
  EXPECT_EQ(json["arena_bytes"], HostClassifier(path).arena_bytes());
  EXPECT_EQ(json["parameters"].get<int>(),
            json["parameters_by_bits"]["1"].get<int>() + json["parameters_by_bits"]["16"].get<int>());
  EXPECT_EQ(json["layers"].size(), 15u);
  EXPECT_EQ(json["provenance"]["tool"], "tests");
}

TEST_F(Info, ShowsThePapersCountBesideTheRealBytes) {
  const std::string path = write(acdnet_model("fp32", kMicroWidths, 10));
  const Outcome outcome = run_stapes({"info", path});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("14,284,214"));
  EXPECT_THAT(outcome.out, HasSubstr("14,820,085"));  // with ReLU and pools: 14.82 M in the paper
  EXPECT_THAT(outcome.out, HasSubstr("conv12"));
  EXPECT_THAT(outcome.out, HasSubstr("arena bytes"));
}

TEST_F(Info, NamesGroups) {
  const std::string path = write(tiny_model("grouped_int8"));
  const auto json = info_json(path);
  EXPECT_EQ(json["layers"][1]["window"], "1x5 /1x2, 2 groups, max 1x4");
  EXPECT_EQ(json["layers"][4]["window"], "3x3 +1x1, depthwise, max 2x2");
  EXPECT_THAT(run_stapes({"info", path}).out, HasSubstr("3x3 +1x1, depthwise, max 2x2"));
}

TEST_F(Info, ShowsPaddingAtTheEndAndPools) {
  const auto json = info_json(write(tiny_model("padded_int8")));
  EXPECT_EQ(json["layers"][0]["window"], "1x9 /1x2 +0x3..0x4");
  EXPECT_EQ(json["layers"][3]["window"], "3x3 +0x1..2x1");
  EXPECT_EQ(json["layers"][4]["operator"], "MaxPool");
  EXPECT_EQ(json["layers"][4]["window"], "max 3x3 /2x2 +0x0..1x1");
  EXPECT_EQ(json["layers"][5]["window"], "1x1");
}

TEST_F(Info, SaysWhatRunsByColumns) {
  const std::string acdnet = write(acdnet_model("int8", kMicroWidths, 10));
  EXPECT_EQ(info_json(acdnet)["front_end"].dump(), R"({"layers":["conv1","conv2"],"step_samples":200})");
  EXPECT_THAT(run_stapes({"info", acdnet}).out,
              HasSubstr("\nfront end            conv1, conv2; one column every 200 samples\n"));
  const std::string three = write(tiny_model("waves3_xnor"));
  EXPECT_EQ(info_json(three)["front_end"].dump(), R"({"layers":["wave1","wave2","wave3"],"step_samples":18})");
  fb::ModelT padded = tiny_fp32();
  padded.layers[0]->op.AsConvF32()->window = std::make_unique<fb::Window>(1, 9, 1, 2, 0, 4, 1, 1);
  padded.tensors[1]->width = 100;
  padded.tensors[2]->width = padded.tensors[3]->width = 12;
  padded.tensors[4]->width = padded.tensors[5]->width = 6;
  padded.layers[5]->op.AsAveragePool()->pool_w = 6;
  const std::string whole = write(padded);
  EXPECT_TRUE(info_json(whole)["front_end"].is_null());
  EXPECT_THAT(
      run_stapes({"info", whole}).out,
      HasSubstr("\nfront end            none: each window is computed whole, so the model cannot be streamed\n"));
}

// Provenance is untrusted text: deeply nested, not UTF-8, or not JSON.
TEST_F(Info, SurvivesAnyProvenance) {
  fb::ModelT model = tiny_fp32();
  for (const std::string& text : {std::string(1'000'000, '['), std::string(300'000, '[') + std::string(300'000, ']'),
                                  std::string("\xff\xfe"), std::string("{\"a\":\"\xff\"}"), std::string("x")}) {
    model.provenance = text;
    EXPECT_TRUE(info_json(write(model)).contains("provenance"));
  }
}

}  // namespace
}  // namespace stapes::test
