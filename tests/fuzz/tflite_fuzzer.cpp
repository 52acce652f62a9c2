// SPDX-License-Identifier: Apache-2.0
// Feeds hostile .tflite files to the importer (libFuzzer). Accepted files must yield a model that runs. The last byte
// selects the rounding.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "import/tflite_import.h"
#include "packed/cost.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"
#include "runtime/layer_collector.h"

namespace stapes {
namespace {

constexpr std::int64_t kMaxMacs = 1'000'000;  // larger models only take longer

void import_and_run(std::vector<std::byte> bytes) {
  const bool odd = !bytes.empty() && std::to_integer<int>(bytes.back()) % 2 == 1;
  const TfliteRounding rounding = odd ? TfliteRounding::kLitert : TfliteRounding::kTflm;
  try {
    TfliteImport imported = import_tflite(TfliteFile(std::move(bytes), "fuzz.tflite"), rounding);
    for (int c = 0; c < imported.classes; ++c) imported.model.labels.push_back("c" + std::to_string(c));
    const auto file = std::make_shared<const ModelFile>(serialize_model(imported.model), "fuzz");
    if (model_cost(file->model()).macs > kMaxMacs || file->model().window_samples() > kMaxMacs) return;
    const std::vector<std::int8_t> features(static_cast<std::size_t>(file->model().window_samples()), 77);
    LayerCollector layers(file->model());
    HostClassifier(file).run_observed(std::span<const std::int8_t>(features), layers);
  } catch (const Error&) {
  }
}

}  // namespace
}  // namespace stapes

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  stapes::import_and_run({bytes.begin(), bytes.end()});
  return 0;
}
