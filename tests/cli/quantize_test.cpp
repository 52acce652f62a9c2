// SPDX-License-Identifier: Apache-2.0
// stapes quantize on small random networks and noise: options, report, rejected input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "cli/train/print_quantization.h"
#include "compress/pack.h"
#include "data/tiny_data_set.h"
#include "graph/graph_toml.h"
#include "graph/weights_file.h"
#include "packed/container.h"
#include "packed/writer.h"
#include "support/random_network.h"
#include "support/tiny_models.h"

namespace stapes::test {
namespace {

namespace fb = packed::fb;

using testing::HasSubstr;
using testing::Not;

class Quantize : public testing::Test {
 protected:
  Quantize() : network_(RandomNetwork(small_spec()).take()) {
    network_.labels = {"label0", "label1", "label2"};
    hash_ = write_tiny_data_set(dir_ / "data", {.clips = 24, .labels = 3, .folds = 2, .sample_rate_hz = 8000});
  }

  std::string path(const std::string& name) const { return (dir_ / name).string(); }

  void trained_with_test_fold(int fold) {
    network_.provenance = nlohmann::json{{"data_hash", hash_}, {"test_fold", fold}}.dump();
  }
  std::string write_run(const std::string& name) const {
    std::filesystem::create_directories(dir_ / name);
    write_network(dir_ / name / kWeightsFileName, network_, Existing::kReplace);
    return path(name);
  }

  Outcome quantize(const std::string& source, const std::vector<std::string>& more = {},
                   const std::string& calibration = "8") const {
    std::vector<std::string> arguments = {"quantize",      source,      "--data", path("data"),
                                          "--calibration", calibration, "-o",     path("int8.stapes")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_stapes(arguments);
  }
  // Quantizes a copy: an output that is also the input would be rejected first.
  Outcome quantize_again() const {
    std::filesystem::copy_file(dir_ / "int8.stapes", dir_ / "copy.stapes");
    return quantize(path("copy.stapes"), {"--force"});
  }
  bool wrote_anything() const { return std::filesystem::exists(dir_ / "int8.stapes"); }

  TempDir dir_;
  TrainedNetwork network_;
  std::string hash_;
};

TEST_F(Quantize, ReportsEveryLayerAndTheWorstOne) {
  const Outcome done = quantize(write_run("run"), {"--json"});
  ASSERT_EQ(done.status, 0) << done.err;
  const auto json = nlohmann::json::parse(done.out);
  EXPECT_EQ(json["layers"].size(), 13u);
  EXPECT_EQ(json["scores_sqnr_db"], json["layers"].back()["sqnr_db"]);
  double least = 1e9;
  std::string worst;
  for (const auto& layer : json["layers"]) {
    if (layer["own_sqnr_db"].get<double>() >= least) continue;
    least = layer["own_sqnr_db"];
    worst = layer["name"];
  }
  EXPECT_EQ(json["worst_layer"], worst);
  const Outcome table = quantize(path("run"), {"--force"});
  EXPECT_THAT(table.out, HasSubstr("adds the most noise"));
  EXPECT_THAT(table.out, HasSubstr("conv12"));
}

TEST_F(Quantize, WritesItsOptionsIntoTheModel) {
  const Outcome done = quantize(
      write_run("run"), {"--weights", "per-tensor", "--observer", "min-max", "--input-bits", "8", "--seed", "7", "-q"});
  ASSERT_EQ(done.status, 0) << done.err;
  const Outcome info = run_stapes({"info", path("int8.stapes"), "--json"});
  ASSERT_EQ(info.status, 0) << info.err;
  const auto provenance = nlohmann::json::parse(info.out)["provenance"];
  EXPECT_EQ(provenance["quantization"]["weights"], "per-tensor");
  EXPECT_EQ(provenance["quantization"]["observer"], "min-max");
  EXPECT_EQ(provenance["quantization"]["input_bits"], 8);
  EXPECT_EQ(provenance["calibration"]["samples"], 8);
  EXPECT_EQ(provenance["calibration"]["seed"], 7);
  EXPECT_EQ(provenance["calibration"]["data_hash"], hash_);
}

TEST_F(Quantize, KeepsLayersInFloat) {
  const std::string run = write_run("run");
  ASSERT_EQ(quantize(run, {"--keep-fp32", "conv3,head"}).status, 0);
  const auto info = nlohmann::json::parse(run_stapes({"info", path("int8.stapes"), "--json"}).out);
  for (const auto& layer : info["layers"]) {
    if (layer["bits"] == 0) continue;
    EXPECT_EQ(layer["bits"], layer["name"] == "conv3" || layer["name"] == "head" ? 32 : 8) << layer["name"];
  }
  EXPECT_EQ(info["provenance"]["quantization"]["keep_fp32"], (std::vector<std::string>{"conv3", "head"}));
  EXPECT_EQ(run_stapes({"eval", path("int8.stapes"), path("data")}).status, 0);
}

TEST_F(Quantize, NodesOfPrecisionFp32StayInFloatUnlessToldOtherwise) {
  std::string text = graph_text(network_.spec.graph);
  text.insert(text.find(", kernel", text.find("\"conv5\"")), ", precision = \"fp32\"");
  network_.spec.graph = parse_graph(text, "net.toml", 3);
  const std::string run = write_run("run");
  const auto in_float = [&](const std::vector<std::string>& more) {
    const Outcome done = quantize(run, more);
    EXPECT_EQ(done.status, 0) << done.err;
    std::vector<std::string> names;
    const auto info = nlohmann::json::parse(run_stapes({"info", path("int8.stapes"), "--json"}).out);
    for (const auto& layer : info["layers"]) {
      if (layer["bits"] == 32) names.push_back(layer["name"]);
    }
    return names;
  };
  EXPECT_EQ(in_float({}), (std::vector<std::string>{"conv5"}));
  EXPECT_EQ(in_float({"--force", "--keep-fp32", "conv3"}), (std::vector<std::string>{"conv3"}));
  EXPECT_TRUE(in_float({"--force", "--keep-fp32", "none"}).empty());
}

// Nine of ten weights are 0. Quantizing again writes the same file; an int8 model is rejected.
TEST_F(Quantize, StoresWeightsWithManyZerosSparse) {
  for (auto& [name, tensor] : network_.tensors) {
    if (!name.starts_with("conv")) continue;
    for (std::size_t i = 0; i < tensor.values.size(); ++i) tensor.values[i] = i % 10 == 3 ? tensor.values[i] : 0.0f;
  }
  const std::string run = write_run("run");
  ASSERT_EQ(quantize(run).status, 0);
  const std::string first = read_text_file(dir_ / "int8.stapes");
  const Outcome info = run_stapes({"info", path("int8.stapes")});
  EXPECT_THAT(info.out, HasSubstr("smaller and faster"));
  const auto json = nlohmann::json::parse(run_stapes({"info", path("int8.stapes"), "--json"}).out);
  const auto& conv11 = json["layers"][11];
  EXPECT_EQ(conv11["name"], "conv11");
  EXPECT_EQ(conv11["weights_stored"], "sparse");
  EXPECT_EQ(conv11["dense_bytes"], 12 * 11 * 9);
  EXPECT_LT(conv11["sparse_bytes"], conv11["dense_bytes"]);
  EXPECT_GE(conv11["zero_weights"], 12 * 11 * 9 * 9 / 10 - 1);
  ASSERT_EQ(quantize(run, {"--force"}).status, 0);
  EXPECT_EQ(read_text_file(dir_ / "int8.stapes"), first);
  EXPECT_TRUE(fails_cleanly(quantize_again(), 1, "copy.stapes is already int8"));
}

fb::ModelT image_model() {
  fb::ModelT model = tiny_residual_fp32();
  model.labels = {"label0", "label1", "label2"};
  model.tensors.front()->channels = 1;
  model.window_samples = 100;
  std::vector<float>& stem = model.layers.front()->op.AsConvF32()->weights;
  stem.resize(stem.size() / 2);
  fb::LinearF32T& head = *model.layers.back()->op.AsLinearF32();
  head.weights.insert(head.weights.end(), kTinyNarrow, 0.3f);
  head.bias.push_back(0);
  model.tensors.back()->channels = 3;
  return model;
}

TEST_F(Quantize, TakesResidualNetworksAndImages) {
  write_model(dir_ / "fp32.stapes", image_model(), Existing::kReplace);
  write_tiny_images(dir_ / "data", {.clips = 24, .labels = 3, .folds = 2, .image = {10, 10, 1}});
  const Outcome done = quantize(path("fp32.stapes"), {"--json"});
  ASSERT_EQ(done.status, 0) << done.err;
  EXPECT_EQ(done.err, "");
  const auto json = nlohmann::json::parse(done.out);
  EXPECT_EQ(json["layers"][3]["name"], "block1add");
  EXPECT_GT(json["scores_sqnr_db"], 20);
  const std::string first = read_text_file(dir_ / "int8.stapes");
  EXPECT_TRUE(fails_cleanly(quantize(path("fp32.stapes"), {"--force", "--wide", "stem"}), 2,
                            "this network cannot have 16-bit activations (--wide stem)"));
  EXPECT_TRUE(fails_cleanly(quantize(path("fp32.stapes"), {"--force", "--keep-fp32", "block1add"}), 2,
                            "cannot keep layer 'block1add' in float; choose stem"));
  EXPECT_EQ(read_text_file(dir_ / "int8.stapes"), first);
  EXPECT_EQ(quantize(path("fp32.stapes"), {"--force", "--seed", "2"}).status, 0);
  EXPECT_NE(read_text_file(dir_ / "int8.stapes"), first);  // calibrated on other images
}

TEST_F(Quantize, RefusesImagesOfAnotherSize) {
  write_model(dir_ / "fp32.stapes", image_model(), Existing::kReplace);
  write_tiny_images(dir_ / "data", {.clips = 24, .labels = 3, .folds = 2, .image = {10, 10, 3}});
  EXPECT_TRUE(
      fails_cleanly(quantize(path("fp32.stapes")), 1, "takes images of 10 x 10 x 1, but the data set has 10 x 10 x 3"));
  EXPECT_FALSE(wrote_anything());
}

#ifdef STAPES_HAS_TRAINING
TEST_F(Quantize, TrainsResidualNetworksOnImages) {
  write_model(dir_ / "fp32.stapes", image_model(), Existing::kReplace);
  write_tiny_images(dir_ / "data", {.clips = 48, .labels = 3, .folds = 2, .image = {10, 10, 1}});
  const Outcome done = quantize(path("fp32.stapes"), {"--aware", "--select", "last", "--epochs", "2", "--batch", "8",
                                                      "--threads", "1", "--json"});
  ASSERT_EQ(done.status, 0) << done.err;
  const auto json = nlohmann::json::parse(done.out);
  EXPECT_EQ(json["aware_training"]["kept"], "epoch 2");
  EXPECT_GT(json["scores_sqnr_db"], 15);
}
#endif

TEST_F(Quantize, RefusesUnknownOptions) {
  const std::string run = write_run("run");
  EXPECT_TRUE(fails_cleanly(quantize(run, {"--keep-fp32", "conv1,pool"}), 2, "cannot keep layer 'pool' in float"));
  EXPECT_TRUE(fails_cleanly(quantize(run, {"--weights", "per-layer"}), 2, "choose per-channel or per-tensor"));
  EXPECT_TRUE(fails_cleanly(quantize(run, {"--observer", "median"}), 2, "choose energy, mse, histogram or min-max"));
  EXPECT_TRUE(fails_cleanly(quantize(run, {"--input-bits", "12"}), 2, "12 bits"));
  EXPECT_TRUE(fails_cleanly(quantize(run, {"--bits", "4"}), 2, "--bits is 4; expected 8"));
  EXPECT_TRUE(fails_cleanly(quantize(run, {}, "0"), 2, "--calibration"));
  EXPECT_FALSE(wrote_anything());
}

TEST_F(Quantize, RefusesToCalibrateOnTheTestFold) {
  trained_with_test_fold(2);
  const std::string run = write_run("run");
  EXPECT_TRUE(fails_cleanly(quantize(run, {"--fold", "1"}), 2, "use --fold 2"));  // would calibrate on fold 2
  EXPECT_FALSE(wrote_anything());
  EXPECT_EQ(quantize(run, {"--fold", "2"}).status, 0);
}

// The training data of the weights is unknown, but the int8 model records its calibration data.
TEST_F(Quantize, EvalWarnsAboutTheClipsOfTheCalibration) {
  ASSERT_EQ(quantize(write_run("run"), {"--fold", "2"}).status, 0);
  const Outcome same = run_stapes({"eval", path("int8.stapes"), path("data"), "--fold", "2"});
  EXPECT_THAT(same.err, Not(HasSubstr("warning")));
  const Outcome other = run_stapes({"eval", path("int8.stapes"), path("data"), "--fold", "1"});
  EXPECT_THAT(other.err, HasSubstr("fold 2 held out"));
}

TEST_F(Quantize, WarnsAboutClassesItDoesNotHear) {
  const std::string run = write_run("run");
  const Outcome all = quantize(run);
  EXPECT_EQ(all.err, "");
  const Outcome one = quantize(run, {"--force"}, "1");  // one sample mixes two of three classes
  EXPECT_EQ(one.status, 0);
  EXPECT_THAT(one.err, HasSubstr("warning: no calibration sample contains label"));
}

TEST_F(Quantize, RefusesModelsThatAreNotFullPrecision) {
  const std::string run = write_run("run");
  ASSERT_EQ(quantize(run).status, 0);
  const std::string before = read_text_file(dir_ / "int8.stapes");
  EXPECT_TRUE(fails_cleanly(quantize_again(), 1, "copy.stapes is already int8"));
  EXPECT_TRUE(fails_cleanly(quantize(run), 1, "--force"));
  EXPECT_EQ(read_text_file(dir_ / "int8.stapes"), before);
  write_model(dir_ / "xnor.stapes", tiny_xnor(), Existing::kReplace);
  EXPECT_TRUE(fails_cleanly(quantize(path("xnor.stapes"), {"--force"}), 1, "already xnor"));
  network_ = RandomNetwork(small_spec(true)).take();
  EXPECT_TRUE(fails_cleanly(quantize(write_run("binary"), {"--force"}), 1, "is a binary run"));
}

TEST_F(Quantize, RefusesRunsWithoutUsableWeights) {
  std::filesystem::create_directories(dir_ / "empty");
  EXPECT_TRUE(fails_cleanly(quantize(path("empty")), 1, "weights.network"));
  std::filesystem::create_directories(dir_ / "foreign");
  write_text_file(dir_ / "foreign" / kWeightsFileName, std::string(500, 'x'), Existing::kRefuse);
  EXPECT_TRUE(
      fails_cleanly(quantize(path("foreign")), 1, "foreign/weights.network as a trained network: wrong file type"));
  network_.tensors["conv6.weight"].values[3] = std::numeric_limits<float>::quiet_NaN();
  const std::vector<std::byte> payload = serialize_network(network_);  // unchecked, unlike write_network()
  std::filesystem::create_directories(dir_ / "nan");
  AtomicFile file(dir_ / "nan" / kWeightsFileName, Existing::kRefuse);
  file.write(container_header(kNetworkContainer, payload));
  file.write(payload);
  file.commit();
  EXPECT_TRUE(fails_cleanly(quantize(path("nan")), 1, "conv6.weight holds a NaN"));
  EXPECT_FALSE(wrote_anything());
}

TEST(AwareOutcome, SaysWhenTrainingMadeTheModelWorse) {
  using cli::warning_of;
  EXPECT_EQ(warning_of({.epochs = 1, .accuracy_before = 50, .accuracy_after = 50}), "");
  EXPECT_EQ(warning_of({.epochs = 1, .accuracy_before = 50, .accuracy_after = 60}), "");
  EXPECT_THAT(warning_of({.epochs = 1, .accuracy_before = 69.75, .accuracy_after = 2}),
              HasSubstr("lowered the accuracy to 2.00 % from 69.75 %"));
  // A difference of a clip or two is no reason to warn.
  EXPECT_EQ(warning_of({.epochs = 1,
                        .accuracy_before = 69.75,
                        .accuracy_after = 69.25,
                        .kept = "epoch 1",
                        .candidates = {{"calibration", 85, 1}, {"epoch 1", 86, 1}},
                        .choosing_clips = 254}),
            "");
}

}  // namespace
}  // namespace stapes::test
