// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "cli/command.h"
#include "cli/isa_option.h"
#include "runtime/host_classifier.h"
#include "runtime/layer_collector.h"

namespace stapes::cli {
namespace {
namespace fs = std::filesystem;

struct RunOptions {
  fs::path model, input, output, all_tensors;
  std::optional<Isa> isa;
  bool uint8 = false;
};

// Converts uint8 to int8 or back.
std::vector<std::byte> shifted_by_128(std::vector<std::byte> bytes) {
  for (std::byte& b : bytes) b ^= std::byte{0x80};
  return bytes;
}

template <class T>
std::vector<T> values_of(const std::vector<std::byte>& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

// The value type follows from the file size.
std::vector<float> run_on(HostClassifier& classifier, const fs::path& path, bool uint8, LayerCollector& layers) {
  const std::vector<std::byte> bytes = read_file(path);
  const fb::Model& model = classifier.model();
  const auto values = static_cast<std::size_t>(model.window_samples());
  if (bytes.size() == values * 4)
    return classifier.run_observed(std::span<const float>(values_of<float>(bytes)), layers);
  if (model.features() && bytes.size() == values) {
    const std::vector<std::int8_t> features = values_of<std::int8_t>(uint8 ? shifted_by_128(bytes) : bytes);
    return classifier.run_observed(std::span<const std::int8_t>(features), layers);
  }
  if (!model.features() && bytes.size() == values * 2) {
    return classifier.run_observed(std::span<const std::int16_t>(values_of<std::int16_t>(bytes)), layers);
  }
  throw Error("{} has {} bytes; the model takes {} values: expected {} bytes of {} or {} of float32", path.string(),
              bytes.size(), values, model.features() ? values : 2 * values, model.features() ? "int8" : "int16",
              4 * values);
}

const char* suffix_of(fb::DType dtype) {
  switch (dtype) {
    case fb::DType::kF32:
      return "f32";
    case fb::DType::kI8:
      return "i8";
    case fb::DType::kI16:
      return "i16";
    case fb::DType::kI32:
      return "i32";
    case fb::DType::kBits:
      return "u32";
  }
  return "";
}

void write_tensors(const fb::Model& model, LayerCollector& layers, const fs::path& folder, Existing existing) {
  fs::create_directories(folder);
  for (std::uint32_t i = 0; i < model.layers()->size(); ++i) {
    const fb::Layer& layer = *model.layers()->Get(i);
    std::string name = layer.name()->str().substr(0, 200);  // may contain anything printable
    std::replace(name.begin(), name.end(), '/', '_');
    const std::string file = fmt::format("{:02}-{}.{}", i, name, suffix_of(output_tensor(model, layer).dtype()));
    write_file(folder / file, layers.bytes(static_cast<int>(i)), existing);
  }
}

void run(const RunOptions& options, const Common& common) {
  if (!options.output.empty()) {
    refuse_existing(options.output, common.existing());
    refuse_own_input(options.output, {options.model, options.input});
  }
  HostClassifier classifier(std::make_shared<const HostModel>(options.model, options.isa));
  const fb::Model& model = classifier.model();
  const bool int8_scores = last_tensor(model).dtype() == fb::DType::kI8;
  if (options.uint8 && !int8_scores && (!model.features() || model.tensors()->Get(0)->dtype() != fb::DType::kI8)) {
    throw UsageError("--uint8 is for models with int8 features or scores; {} has neither", options.model.string());
  }
  LayerCollector layers(model);
  const std::vector<float> scores = run_on(classifier, options.input, options.uint8, layers);
  if (!options.output.empty()) {
    const std::vector<std::byte>& raw = layers.bytes(static_cast<int>(model.layers()->size()) - 1);
    write_file(options.output, options.uint8 && int8_scores ? shifted_by_128(raw) : raw, common.existing());
  }
  if (!options.all_tensors.empty()) write_tensors(model, layers, options.all_tensors, common.existing());
  const auto best = static_cast<std::uint32_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
  if (common.json) {
    print_json({{"scores", scores}, {"label", model.labels()->Get(best)->str()}});
  } else if (!common.quiet) {
    for (std::uint32_t c = 0; c < scores.size(); ++c) {
      print_out("{:<24} {:.6g}\n", model.labels()->Get(c)->string_view(), scores[c]);
    }
  }
}

}  // namespace

void add_run_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<RunOptions>();
  CLI::App* command = add_common(app, "stapes run kws.stapes --input features.i8 --output scores.i8", common);
  command->add_option("MODEL", options->model, "Packed model (.stapes)")->required();
  command
      ->add_option("--input", options->input,
                   "Raw values in row-major order, channels last: int16 for sound and images, int8 for features, or "
                   "float32 for any model")
      ->required();
  command->add_option("--output", options->output, "File for the raw scores, in the type of the model's last tensor");
  command->add_option("--all-tensors", options->all_tensors,
                      "Folder for the raw output of every layer, NUMBER-LAYER.TYPE; all front-end layers but the last "
                      "are written with overlapping columns");
  command->add_flag("--uint8", options->uint8,
                    "Read int8 features and write int8 scores as uint8, higher by 128, like a .tflite file with uint8 "
                    "input and output");
  add_isa(*command, options->isa);
  add_force(*command, common);
  command->callback([=] { run(*options, *common); });
}

}  // namespace stapes::cli
