// SPDX-License-Identifier: Apache-2.0
// Compares the models in tests/import/tflite (see its README) with committed outputs of TensorFlow Lite Micro or
// LiteRT, and with tflite_reference.h. After changing a model here, set STAPES_WRITE_TFLITE=1 to write models and
// inputs. Then write the outputs as in the README.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "import/tflite_comparison.h"

namespace stapes::test {
namespace {

const std::filesystem::path kFolder = tests_dir() / "import" / "tflite";

// uint8 input and output; PAD, an overlapping average pool, TRANSPOSE, a computed shape, MEAN.
std::vector<std::byte> int8_model() {
  TfliteBuilder b;
  const int raw = b.tensor("UINT8", {1, 9, 8, 2}, {{0.02f}, {131}}), in = b.int8({1, 9, 8, 2}, 0.02f, 3);
  const int padded = b.int8({1, 10, 9, 2}, 0.02f, 3), conv = b.int8({1, 4, 4, 6}, 0.11f, -128);
  const int deep = b.int8({1, 4, 4, 6}, 0.2f, -9), other = b.int8({1, 4, 4, 6}, 0.13f, 4);
  const int sum = b.int8({1, 4, 4, 6}, 0.17f, -20), pool = b.int8({1, 4, 4, 6}, 0.17f, -20);
  const int mean = b.int8({1, 1, 4, 6}, 0.09f, 11), turned = b.int8({1, 6, 4, 1}, 0.09f, 11);
  const int flat = b.int8({1, 24}, 0.09f, 11), linear = b.int8({1, 5}, 0.14f, 6);
  const int scores = b.tensor("UINT8", {1, 5}, {{0.14f}, {134}});
  b.op("QUANTIZE", {raw}, in);
  b.op("PAD", {in, b.constant("INT32", {4, 2}, std::vector<std::int32_t>{0, 0, 0, 1, 0, 1, 0, 0})}, padded,
       "PadOptions");
  b.conv({padded, b.weights({6, 3, 3, 2}, {0.01f, 0.02f, 0.015f, 0.012f, 0.01f, 0.02f}), b.bias(6)}, conv, "VALID", 2,
         "RELU6");
  b.depthwise({conv, b.weights({1, 3, 3, 6}, {0.01f}, 3), b.bias(6)}, deep);
  b.op("QUANTIZE", {conv}, other);
  b.op("ADD", {deep, other}, sum, "AddOptions");
  b.pool("AVERAGE_POOL_2D", sum, pool, 3, 1, "SAME");
  b.op("MEAN", {pool, b.ints({1})}, mean, "ReducerOptions", "\"keep_dims\": true");
  b.op("TRANSPOSE", {mean, b.ints({0, 3, 2, 1})}, turned, "TransposeOptions");
  b.op("RESHAPE", {turned, b.ints({1, 24})}, flat, "ReshapeOptions", "\"new_shape\": [1, 24]");
  b.linear({flat, b.weights({5, 24}, {0.01f}), b.bias(5)}, linear);
  b.op("QUANTIZE", {linear}, scores);
  return b.bytes(raw, scores);
}

std::vector<std::byte> float_model() {
  TfliteBuilder b;
  const int in = b.floats({1, 9, 8, 2}), padded = b.floats({1, 10, 9, 2}), conv = b.floats({1, 4, 4, 6});
  const int deep = b.floats({1, 4, 4, 6}), sum = b.floats({1, 4, 4, 6}), pool = b.floats({1, 4, 4, 6});
  const int most = b.floats({1, 2, 2, 6}), mean = b.floats({1, 6}), linear = b.floats({1, 5}),
            scores = b.floats({1, 5});
  b.op("PAD", {in, b.constant("INT32", {4, 2}, std::vector<std::int32_t>{0, 0, 0, 1, 0, 1, 0, 0})}, padded,
       "PadOptions");
  b.conv({padded, b.float_weights({6, 3, 3, 2}), b.float_weights({6})}, conv, "VALID", 2, "RELU6");
  b.depthwise({conv, b.float_weights({1, 3, 3, 6}), b.float_weights({6})}, deep, "SAME", 1, "RELU");
  b.op("ADD", {conv, deep}, sum, "AddOptions");
  b.pool("AVERAGE_POOL_2D", sum, pool, 3, 1, "SAME");
  b.pool("MAX_POOL_2D", pool, most, 2, 2, "VALID");
  b.op("MEAN", {most, b.ints({1, 2})}, mean, "ReducerOptions");
  b.linear({mean, b.float_weights({5, 6}), b.float_weights({5})}, linear);
  b.softmax(linear, scores);
  return b.bytes(in, scores);
}

// LiteRT (one rounding) and TensorFlow Lite Micro (two roundings) differ for these layers. With small weights, the
// factors are just below 1.
std::vector<std::byte> linear_model() {
  TfliteBuilder b;
  const auto small_weights = [&b](int filters, int inputs) {
    std::vector<std::int8_t> values;
    for (int i = 0; i < filters * inputs; ++i) values.push_back(static_cast<std::int8_t>(i * i % 97 % 7 - 3));
    return b.constant("INT8", {filters, inputs}, values, {{0.01f}, {}, 0});
  };
  const auto bias = [&b](float scale) {  // LiteRT compares its scale with the scale of the sums
    std::vector<std::int32_t> values;
    for (int i = 0; i < 64; ++i) values.push_back(i * 29 % 401 - 200);
    return b.constant("INT32", {64}, values, {{scale}, {}, 0});
  };
  const float in_scale = 0.02f, first_scale = 0.0013f;
  const int in = b.int8({1, 16}, in_scale, 3), first = b.int8({1, 64}, first_scale, -128);
  const int second = b.int8({1, 64}, 0.0004f, -9);
  b.linear({in, small_weights(64, 16), bias(in_scale * 0.01f)}, first, "RELU");
  b.linear({first, small_weights(64, 64), bias(first_scale * 0.01f)}, second);
  return b.bytes(in, second);
}

std::vector<std::byte> small_model() { return tflite_bytes(small_tflite()); }

struct Model {
  const char* name;
  std::vector<std::byte> (*build)();
  TfliteRounding rounding = TfliteRounding::kTflm;  // of the committed outputs
};

// int8, uint8, or float32 in [-1, 1).
std::vector<std::byte> random_input(const TfliteTensor& tensor) {
  Philox random(44, Philox::Purpose::kTest);
  std::vector<std::byte> bytes;
  for (std::int64_t i = 0; i < tensor.elements(); ++i) {
    if (tensor.type != tflite::TensorType::FLOAT32) {
      bytes.push_back(static_cast<std::byte>(random.below(256)));
      continue;
    }
    const float value = static_cast<float>(random.uniform(-1, 1));
    bytes.resize(bytes.size() + sizeof value);
    std::memcpy(bytes.data() + bytes.size() - sizeof value, &value, sizeof value);
  }
  return bytes;
}

Values real_values(const std::vector<std::byte>& bytes, tflite::TensorType type) {
  return type == tflite::TensorType::FLOAT32 ? values_of<float>(bytes)
         : type == tflite::TensorType::UINT8 ? values_of<std::uint8_t>(bytes)
                                             : values_of<std::int8_t>(bytes);
}

class TfliteFiles : public testing::TestWithParam<Model> {
 protected:
  std::filesystem::path path(const std::string& ending) const { return kFolder / (GetParam().name + ending); }
};

TEST_P(TfliteFiles, GiveTheCommittedOutputs) {
  if (std::getenv("STAPES_WRITE_TFLITE") != nullptr) {
    write_file(path(".tflite"), GetParam().build(), Existing::kReplace);
    const TfliteFile written(path(".tflite"));
    write_file(path(".in"), random_input(written.tensor(written.inputs().front())), Existing::kReplace);
  }
  const TfliteFile file(path(".tflite"));
  const int out = file.outputs().front();
  const Values want = real_values(read_file(path(".out")), file.tensor(out).type);
  const Values input = real_values(read_file(path(".in")), file.tensor(file.inputs().front()).type);
  const Values reference = run_reference(file, input, GetParam().rounding).at(out);
  // Floats: sums of at most 54 products of similar size, in 5 layers (tflite_comparison.cpp).
  const bool real = file.tensor(out).type == tflite::TensorType::FLOAT32;
  for (const Isa isa : host_isas()) {
    const Values got = imported_output(file, isa, input, GetParam().rounding);
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
      EXPECT_NEAR(got[i], want[i], real ? 1e-4 * want[i] : 0) << to_string(isa) << " " << i;
    }
  }
  ASSERT_EQ(reference.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    // The reference computes an int8 softmax in double.
    EXPECT_NEAR(reference[i], want[i], real ? 1e-4 * want[i] : GetParam().name == std::string("small") ? 1 : 0) << i;
  }
}

// If both roundings had the same outputs, `linear` would test neither.
TEST(TfliteFilesRounding, TheOtherGivesOtherOutputs) {
  const TfliteFile file(kFolder / "linear.tflite");
  const Values input = values_of<std::int8_t>(read_file(kFolder / "linear.in"));
  EXPECT_NE(imported_output(file, Isa::kScalar, input), values_of<std::int8_t>(read_file(kFolder / "linear.out")));
}

// Another version of flatc may have written the files.
TEST_P(TfliteFiles, HoldTheModelsOfThisFile) {
  const TfliteFile built(GetParam().build(), "built"), file(path(".tflite"));
  ASSERT_EQ(file.operators().size(), built.operators().size());
  for (std::size_t i = 0; i < file.operators().size(); ++i) {
    EXPECT_EQ(file.operators()[i].name, built.operators()[i].name);
  }
  ASSERT_EQ(file.tensors().size(), built.tensors().size());
  for (std::size_t i = 0; i < file.tensors().size(); ++i) {
    EXPECT_EQ(file.tensors()[i].shape, built.tensors()[i].shape);
    EXPECT_TRUE(std::ranges::equal(file.tensors()[i].data, built.tensors()[i].data)) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, TfliteFiles,
                         testing::Values(Model{"small", small_model}, Model{"int8", int8_model},
                                         Model{"float", float_model},
                                         Model{"linear", linear_model, TfliteRounding::kLitert}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace stapes::test
