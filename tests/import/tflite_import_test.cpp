// SPDX-License-Identifier: Apache-2.0
// Imported models equal TensorFlow Lite Micro's reference kernels bit by bit.
#include "import/tflite_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "import/tflite_comparison.h"
#include "import/tflite_json.h"
#include "kernels/quantize_multiplier.h"
#include "runtime/host_classifier.h"
#include "runtime/layer_collector.h"
#include "support/shared_data.h"

namespace stapes {
namespace {

using test::imported_model;
using testing::HasSubstr;
using testing::Not;

std::vector<std::int8_t> read_i8(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  std::vector<std::int8_t> values(bytes.size());
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

// The name of a model of MLPerf Tiny is also the folder of its golden outputs.
struct Benchmark {
  const char *name, *file;
};
std::string name_of(const testing::TestParamInfo<Benchmark>& info) { return info.param.name; }

class MlperfTiny : public testing::TestWithParam<Benchmark> {
 protected:
  std::filesystem::path model() const {
    return test::data_path("models/mlperf-tiny/" + std::string(GetParam().file) + ".tflite");
  }
  std::filesystem::path golden(const std::string& name) const {
    return test::data_path("golden-tflite/" + std::string(GetParam().name) + "/" + name);
  }
};
INSTANTIATE_TEST_SUITE_P(Models, MlperfTiny,
                         testing::Values(Benchmark{"kws", "kws_ref_model"}, Benchmark{"ic", "pretrainedResnet_quant"},
                                         Benchmark{"vww", "vww_96_int8"}, Benchmark{"ad", "ad01_int8"},
                                         Benchmark{"sww", "str_ww_ref_model"}),
                         name_of);

TEST_P(MlperfTiny, GivesTheSameOutputsOnEveryInstructionSet) {
  STAPES_NEEDS_TEST_DATA("golden-tflite");
  const auto file = imported_model(TfliteFile(model()));
  for (const Isa isa : host_isas()) {
    HostClassifier classifier(std::make_shared<const HostModel>(file, isa));
    for (int input = 0; input < 8; ++input) {
      LayerCollector layers(file->model());
      classifier.run_observed(std::span<const std::int8_t>(read_i8(golden("in" + std::to_string(input) + ".i8"))),
                              layers);
      const auto last = static_cast<int>(file->model().layers()->size()) - 1;
      EXPECT_EQ(layers.bytes(last), read_file(golden("out" + std::to_string(input) + ".i8")))
          << to_string(isa) << ", input " << input;
    }
  }
}

TEST_P(MlperfTiny, GivesTheSameIntermediateTensors) {
  STAPES_NEEDS_TEST_DATA("golden-tflite");
  const TfliteFile file(model());
  const std::vector<int> operators = import_tflite(file).operators;
  const auto imported = imported_model(file);
  for (const int input : {0, 6}) {
    LayerCollector layers(imported->model());
    HostClassifier(imported).run_observed(
        std::span<const std::int8_t>(read_i8(golden("in" + std::to_string(input) + ".i8"))), layers);
    // TensorFlow Lite Micro's rounding of fully connected layers.
    std::string folder = "t" + std::to_string(input);
    if (GetParam().name == std::string("ad")) folder += "_tflm";
    int compared = 0;
    for (std::size_t i = 0; i < operators.size(); ++i) {
      const int tensor = file.operators()[static_cast<std::size_t>(operators[i])].outputs.front();
      const std::filesystem::path want = golden(folder + "/" + std::to_string(tensor) + ".i8");
      if (!std::filesystem::exists(want)) continue;
      EXPECT_EQ(layers.bytes(static_cast<int>(i)), read_file(want)) << "tensor " << tensor << " of input " << input;
      ++compared;
    }
    EXPECT_GE(compared, static_cast<int>(operators.size()) - 1);
  }
}

std::string refusal_of(const std::string& json) {
  try {
    imported_model(test::tflite_of(json));
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(TfliteImport, AModelOfEveryOperatorIsImported) {
  const TfliteFile file = test::tflite_of(test::small_tflite());
  const auto model = imported_model(file);
  EXPECT_TRUE(model->model().features());
  EXPECT_EQ(model->model().window_samples(), 6 * 5 * 2);
  std::vector<float> features(60, 0.5f);
  LayerCollector layers(model->model());
  const std::vector<float> scores = HostClassifier(model).run_observed(std::span<const float>(features), layers);
  EXPECT_NEAR(scores[0] + scores[1] + scores[2], 1, 0.02) << "of a softmax";
}

// One error lists all unsupported operators, each with its number and shapes.
TEST(TfliteImport, EveryOperatorWithoutAPackedFormIsNamed) {
  std::string json = test::small_tflite();
  const auto replace = [&](const std::string& from, const std::string& to) {
    ASSERT_NE(json.find(from), std::string::npos) << from;
    json.replace(json.find(from), from.size(), to);
  };
  replace("\"builtin_code\": \"MAX_POOL_2D\"", "\"builtin_code\": \"L2_POOL_2D\"");
  replace("\"builtin_code\": \"SOFTMAX\"", "\"builtin_code\": \"LOG_SOFTMAX\"");
  const std::string message = refusal_of(json);
  EXPECT_THAT(message, HasSubstr("(L2_POOL_2D of 1x6x5x4): unsupported operator"));
  EXPECT_THAT(message, Not(HasSubstr("\n")));
}

TEST(TfliteImport, WhatOurKernelsLackIsRefused) {
  const auto with = [](const std::string& from, const std::string& to) {
    std::string json = test::small_tflite();
    EXPECT_NE(json.find(from), std::string::npos) << from;
    return refusal_of(json.replace(json.find(from), from.size(), to));
  };
  EXPECT_THAT(with("\"stride_h\": 1", "\"stride_h\": 0"), HasSubstr("stride 0x1"));
  EXPECT_THAT(with("\"dilation_h_factor\": 1", "\"dilation_h_factor\": 2"), HasSubstr("dilation 2x1"));
  EXPECT_THAT(with("\"fused_activation_function\": \"RELU6\"", "\"fused_activation_function\": \"TANH\""),
              HasSubstr("fused activation TANH"));
  EXPECT_THAT(with("\"beta\": 1.0", "\"beta\": 0.0"),
              HasSubstr("the input scale, times beta if there is one, is 0; expected"));
  EXPECT_THAT(with("\"builtin_options_type\": \"Conv2DOptions\"", "\"builtin_options_type\": \"AddOptions\""),
              testing::AnyOf(HasSubstr("no options of its own"), HasSubstr("flatc")));
}

TEST(TfliteImport, AShapeThatDoesNotFollowFromTheWindowsIsRefused) {
  std::string json = test::small_tflite();
  const auto replace = [&](const std::string& from, const std::string& to) {
    ASSERT_NE(json.find(from), std::string::npos) << from;
    json.replace(json.find(from), from.size(), to);
  };
  replace("\"deprecated_builtin_code\": 0, \"builtin_code\": \"MAX_POOL_2D\"",
          "\"deprecated_builtin_code\": 1, \"builtin_code\": \"AVERAGE_POOL_2D\"");
  EXPECT_EQ(refusal_of(json), "") << "2 x 2 side by side";
  replace("\"stride_w\": 2, \"stride_h\": 2", "\"stride_w\": 2, \"stride_h\": 1");
  EXPECT_THAT(refusal_of(json),
              HasSubstr("(AVERAGE_POOL_2D of 1x6x5x4): outputs 1x3x2x4, but its shapes and options require 5x2x4"));
}

// A single weight scale is multiplied in float, scales per filter in double. The multipliers differ.
TEST(TfliteImport, FullyConnectedLayersWithOneScalePerFilterAreRescaledInDouble) {
  std::string json = test::small_tflite();
  const std::string all = "\"buffer\": 5, \"quantization\": {\"scale\": [0.01], \"zero_point\": [0]";
  ASSERT_NE(json.find(all), std::string::npos);
  const auto multiplier_of = [](const std::string& text) {
    TfliteImport imported = import_tflite(test::tflite_of(text));
    return imported.model.layers[4]->op.AsConvI8()->multiplier[0];
  };
  const std::string one = json, with =
                                    "\"buffer\": 5, \"quantization\": {\"scale\": [0.01, 0.01, 0.01], "
                                    "\"zero_point\": [0, 0, 0]";
  json.replace(json.find(all), all.size(), with);
  const float in = 0.12f, weight = 0.01f, out = 0.2f;
  EXPECT_EQ(multiplier_of(one), quantize_multiplier(double{in * weight} / double{out}).multiplier);
  EXPECT_EQ(multiplier_of(json), quantize_multiplier(double{in} * double{weight} / double{out}).multiplier);
  EXPECT_NE(multiplier_of(one), multiplier_of(json));
}

// The channel is independent of the input. Our kernels could not rescale its bias.
TEST(TfliteImport, AConstantChannelOfHugeBiasKeepsItsValue) {
  const TfliteFile plain = test::tflite_of(test::small_tflite());
  const TfliteFile huge = test::tflite_of(test::small_tflite({.last_bias = 1 << 30, .last_scale = 1e-10f}));
  EXPECT_NO_THROW(imported_model(plain));
  const auto model = imported_model(huge);
  LayerCollector layers(model->model());
  std::vector<float> features(60, 0.5f);
  HostClassifier(model).run_observed(std::span<const float>(features), layers);
  // The output is the bias, 2^30 * 1e-10 * input scale, on the output grid.
  const fb::Layer& conv = *model->model().layers()->Get(0);
  const fb::Tensor& out = output_tensor(model->model(), conv);
  const double want = (1 << 30) * 1e-10 * double{input_tensor(model->model(), conv).scale()} / double{out.scale()};
  const auto& bytes = layers.bytes(0);
  for (std::size_t i = 3; i < bytes.size(); i += 4) {
    EXPECT_EQ(static_cast<std::int8_t>(bytes[i]), static_cast<int>(std::lround(want)) + out.zero_point());
  }
}

}  // namespace
}  // namespace stapes
