// SPDX-License-Identifier: Apache-2.0
// Committed .onnx files with scores from ONNX Runtime (tests/import/onnx/README.md).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/files.h"
#include "compress/pack.h"
#include "import/onnx/onnx_network.h"
#include "import/onnx/onnx_packed.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "support/paths.h"

namespace stapes::onnx_files {
namespace {

const std::filesystem::path kFolder = test::tests_dir() / "import" / "onnx";

std::vector<float> floats_in(const char* name) {
  const std::vector<std::byte> bytes = read_file(kFolder / name);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

double largest_difference(const fb::ModelT& model, const char* expected) {
  HostClassifier classifier(packed_in_memory(model, "imported"));
  const std::vector<float> got = classifier.run(floats_in("features.in")), want = floats_in(expected);
  EXPECT_EQ(got.size(), want.size());
  double largest = 0;
  for (std::size_t c = 0; c < want.size(); ++c) largest = std::max(largest, std::abs(double{got[c]} - want[c]));
  return largest;
}

TEST(OnnxFiles, FloatScoresAreThoseOfOnnxRuntime) {
  const OnnxImport imported = import_onnx(read_onnx(kFolder / "depthwise.onnx"));
  EXPECT_EQ(imported.left_out, "/Softmax");
  EXPECT_LT(largest_difference(pack_network(network_of(imported, {}).network), "depthwise.out"), 1e-5);
}

TEST(OnnxFiles, Int8ScoresAreAtMostOneStepFromOnnxRuntime) {
  fb::ModelT model = packed_model_of(import_onnx(read_onnx(kFolder / "quantized.onnx")));
  model.labels = {"a", "b", "c", "d"};
  EXPECT_LE(largest_difference(model, "quantized.out"), 1.01 * model.tensors.back()->scale);
}

}  // namespace
}  // namespace stapes::onnx_files
