// SPDX-License-Identifier: Apache-2.0
#include "import/tflite_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "import/tflite_import.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "runtime/layer_collector.h"

namespace stapes::test {
namespace {

Values last_values(const fb::Model& model, LayerCollector& layers) {
  const std::vector<std::byte>& bytes = layers.bytes(static_cast<int>(model.layers()->size()) - 1);
  switch (last_tensor(model).dtype()) {
    case fb::DType::kF32:
      return values_of<float>(bytes);
    case fb::DType::kI32:
      return values_of<std::int32_t>(bytes);
    default:
      return values_of<std::int8_t>(bytes);
  }
}

const TfliteTensor& input_of(const TfliteFile& file) { return file.tensor(file.inputs().front()); }
int lowest_of(const TfliteTensor& tensor) { return tensor.type == tflite::TensorType::UINT8 ? 0 : -128; }

Values shifted(Values values, double by) {
  for (double& v : values) v += by;
  return values;
}

}  // namespace

std::shared_ptr<const ModelFile> imported_model(const TfliteFile& file, TfliteRounding rounding) {
  TfliteImport imported = import_tflite(file, rounding);
  for (int c = 0; c < imported.classes; ++c) imported.model.labels.push_back("class_" + std::to_string(c));
  return std::make_shared<const ModelFile>(serialize_model(imported.model), "imported");
}

Values imported_output(const TfliteFile& file, Isa isa, const Values& input, TfliteRounding rounding) {
  const auto model = imported_model(file, rounding);
  HostClassifier classifier(std::make_shared<const HostModel>(model, isa));
  LayerCollector layers(model->model());
  if (model->model().tensors()->Get(0)->dtype() == fb::DType::kF32) {
    const std::vector<float> features(input.begin(), input.end());
    classifier.run_observed(std::span<const float>(features), layers);
  } else {
    const Values int8 = shifted(input, -128 - lowest_of(input_of(file)));
    const std::vector<std::int8_t> features(int8.begin(), int8.end());
    classifier.run_observed(std::span<const std::int8_t>(features), layers);
  }
  return shifted(last_values(model->model(), layers), lowest_of(file.tensor(file.outputs().front())) + 128);
}

std::string refusal_of(const TfliteBuilder& b, int input, int output, TfliteRounding rounding) {
  try {
    imported_model(b.file(input, output), rounding);
    return "";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("\n")));
    return error.what();
  }
}

std::vector<std::string> operators_of(const TfliteFile& file, TfliteRounding rounding) {
  std::vector<std::string> names;
  for (const fb::Layer* layer : *imported_model(file, rounding)->model().layers()) {
    names.emplace_back(fb::EnumNameOperator(layer->op_type()));
  }
  return names;
}

void expect_integers_of_reference(const TfliteFile& file, int most, TfliteRounding rounding) {
  Philox random(5, Philox::Purpose::kTest);
  for (int trial = 0; trial < 4; ++trial) {
    Values input(static_cast<std::size_t>(input_of(file).elements()));
    for (double& v : input) v = static_cast<double>(random.below(256)) + lowest_of(input_of(file));
    const Values want = run_reference(file, input, rounding).at(file.outputs().front());
    for (const Isa isa : host_isas()) {
      const Values got = imported_output(file, isa, input, rounding);
      ASSERT_EQ(got.size(), want.size());
      for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], most) << to_string(isa) << " " << i;
    }
  }
}

// A float sum of n products is off by at most n * 2^-24 times the sum of their magnitudes, here a few times the largest
// output. With n <= 100 and 4 layers: below 1e-4 of the largest output.
void expect_floats_of_reference(const TfliteFile& file) {
  EXPECT_STREQ(imported_model(file)->model().route()->c_str(), "fp32");
  Philox random(6, Philox::Purpose::kTest);
  Values input(static_cast<std::size_t>(input_of(file).elements()));
  for (double& v : input) v = static_cast<double>(static_cast<float>(random.uniform(-1, 1)));
  const Values want = run_reference(file, input).at(file.outputs().front());
  double largest = 0;
  for (const double v : want) largest = std::max(largest, std::abs(v));
  for (const Isa isa : host_isas()) {
    const Values got = imported_output(file, isa, input);
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-4 * largest) << to_string(isa) << i;
  }
}

}  // namespace stapes::test
