// SPDX-License-Identifier: Apache-2.0
// Feeds hostile .onnx files to the importer (libFuzzer). Accepted files must pack and run.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "compress/pack.h"
#include "import/onnx/onnx_network.h"
#include "import/onnx/onnx_packed.h"
#include "packed/cost.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"

namespace stapes {
namespace {

constexpr std::int64_t kMaxMacs = 10'000'000;  // larger models only take longer

fb::ModelT packed_of(const OnnxImport& imported) {
  if (!imported.is_quantized()) return pack_network(network_of(imported, {}).network);
  fb::ModelT model = packed_model_of(imported);
  for (int c = 0; c < imported.layers.back().out.channels; ++c) model.labels.push_back("c" + std::to_string(c));
  return model;
}

void import_and_run(std::span<const std::byte> bytes) {
  try {
    const auto file = packed_in_memory(packed_of(import_onnx(read_onnx(bytes, "fuzz.onnx", {}))), "fuzz");
    if (model_cost(file->model()).macs > kMaxMacs || file->model().window_samples() > kMaxMacs) return;
    const std::vector<float> features(static_cast<std::size_t>(file->model().window_samples()), 0.5f);
    HostClassifier(file).run(features);
  } catch (const Error&) {
  }
}

}  // namespace
}  // namespace stapes

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  stapes::import_and_run(std::as_bytes(std::span(data, size)));
  return 0;
}
