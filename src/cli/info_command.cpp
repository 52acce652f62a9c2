// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/window_text.h"
#include "packed/cost.h"
#include "packed/model_file.h"
#include "packed/operators/operator.h"
#include "packed/sparse.h"
#include "runtime/detector_plan.h"
#include "runtime/front_end.h"
#include "runtime/host_classifier.h"

namespace stapes::cli {
namespace {

const fb::Layer& layer_at(const fb::Model& model, std::uint32_t index) { return *model.layers()->Get(index); }

// "1x151x20 i8", "32x75x10 bits"
std::string shape_text(const fb::Tensor& t) {
  std::string dtype = fb::EnumNameDType(t.dtype());  // "kI8"
  dtype.erase(0, 1);
  std::ranges::transform(dtype, dtype.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return fmt::format("{}x{}x{} {}", t.height(), t.width(), t.channels(), dtype);
}

std::string layer_text(const fb::Model& model, const fb::Layer& layer) {
  const OperatorDescription& op = describe(layer);
  if (op.pooling != nullptr) return pooling_text(op.pooling(layer));
  if (op.window == nullptr) return "";
  const std::int32_t groups = layer_groups(layer);
  return window_text(*op.window(layer), layer_end_pads(layer), groups, groups == input_tensor(model, layer).channels());
}

nlohmann::json cost_json(const Cost& cost) {
  return {{"macs", cost.macs},
          {"binary_macs", cost.binary_macs},
          {"parameters", cost.parameters()},
          {"paper_flops", cost.paper_flops},
          {"paper_bytes", cost.paper_bytes},
          {"constant_bytes", cost.constants.total()}};
}

// The model's provenance: parsed if it is JSON, otherwise as text.
nlohmann::json provenance_json(const fb::Model& model) {
  if (model.provenance() == nullptr) return nullptr;
  const std::string text = model.provenance()->str();
  // Drops deep nesting, because printing is recursive.
  const auto shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) { return depth < 16; };
  auto parsed = nlohmann::json::parse(text, shallow, /*allow_exceptions=*/false);
  return parsed.is_discarded() ? nlohmann::json(text) : parsed;
}

nlohmann::json layers_json(const fb::Model& model) {
  nlohmann::json layers = nlohmann::json::array();
  for (std::uint32_t i = 0; i < model.layers()->size(); ++i) {
    const fb::Layer& layer = layer_at(model, i);
    const fb::Tensor& out = output_tensor(model, layer);
    const Cost cost = layer_cost(model, layer);
    nlohmann::json row = cost_json(cost);
    row["name"] = layer.name()->str();
    row["operator"] = fb::EnumNameOperator(layer.op_type());
    row["window"] = layer_text(model, layer);
    row["output"] = {out.height(), out.width(), out.channels()};
    row["bits"] = cost.weight_bits();
    const WeightStorage storage = weight_storage(model, layer);
    if (storage.zeros > 0) {
      row["zero_weights"] = storage.zeros;
      row["weights_stored"] = storage.is_sparse ? "sparse" : "dense";
      row["dense_bytes"] = storage.dense_bytes;
      row["sparse_bytes"] = storage.sparse_bytes;
    }
    layers.push_back(std::move(row));
  }
  return layers;
}

// null: windows share no columns, so the model cannot be streamed.
nlohmann::json front_end_json(const fb::Model& model) {
  const FrontEnd front_end = plan_front_end(model);
  const int step = step_samples(model, front_end);
  if (step == 0) return nullptr;
  nlohmann::json layers = nlohmann::json::array();
  for (std::uint32_t i = 0; i < front_end.layers; ++i) layers.push_back(layer_at(model, i).name()->str());
  return {{"layers", layers}, {"step_samples", step}};
}

double level_of(std::uint16_t level) { return std::round(level / 65536.0 * 1e4) / 1e4; }

double rounded_dbfs(const fb::Detector& detector) {
  return std::round(100 * std::log10(detector.gate_power() / 4294967296.0)) / 10;
}

// null: the defaults of docs/guides/listening.md.
nlohmann::json detector_json(const fb::Model& model) {
  const fb::Detector* detector = model.detector();
  if (detector == nullptr) return nullptr;
  nlohmann::json thresholds = nlohmann::json::object();
  for (std::uint32_t c = 0; c < model.labels()->size(); ++c) {
    const std::uint16_t threshold = detector->thresholds()->Get(c);
    nlohmann::json& shown = thresholds[model.labels()->Get(c)->str()];
    if (threshold != kNeverDetected) shown = level_of(threshold);  // otherwise null
  }
  nlohmann::json gate_dbfs;  // null: no gate
  if (detector->gate_power() > 0) gate_dbfs = rounded_dbfs(*detector);
  return {{"hop_samples", detector->hop_samples()},
          {"average_samples", detector->average_samples()},
          {"minimum_windows", detector->minimum_windows()},
          {"refractory_samples", detector->refractory_samples()},
          {"hysteresis", level_of(detector->hysteresis())},
          {"gate_class", detector->gate_class()},
          {"gate_threshold", level_of(detector->gate_threshold())},
          {"gate_dbfs", gate_dbfs},
          {"logistic", detector->logistic()},
          {"thresholds", thresholds}};
}

nlohmann::json model_json(const HostClassifier& classifier) {
  const fb::Model& model = classifier.model();
  const Cost cost = model_cost(model);
  nlohmann::json json = cost_json(cost);
  json["file"] = classifier.file().name();
  json["route"] = model.route()->str();
  json["sample_rate_hz"] = model.sample_rate_hz();
  json["window_samples"] = model.window_samples();
  for (const auto* label : *model.labels()) json["labels"].push_back(label->str());
  json["widths"] = conv_widths(model);
  json["parameters_by_bits"] = {{"1", cost.parameters_1bit},
                                {"8", cost.parameters_8bit},
                                {"16", cost.parameters_16bit},
                                {"32", cost.parameters_32bit}};
  json["constants"] = {{"weights", cost.constants.weights},
                       {"biases", cost.constants.biases},
                       {"thresholds", cost.constants.thresholds},
                       {"rescaling", cost.constants.rescaling}};
  json["file_bytes"] = classifier.file().blob().size();
  json["arena_bytes"] = classifier.arena_bytes();
  json["front_end"] = front_end_json(model);
  json["detector"] = detector_json(model);
  json["layers"] = layers_json(model);
  json["provenance"] = provenance_json(model);
  return json;
}

std::string or_dash(std::int64_t value) { return value == 0 ? "-" : grouped(value); }

void print_layers(const fb::Model& model) {
  constexpr auto kRow = "{:<{}} {:<11} {:<28} {:<15} {:>10} {:>5} {:>12} {:>12} {:>11}\n";
  std::size_t name_width = 8;
  for (const fb::Layer* layer : *model.layers()) name_width = std::max<std::size_t>(name_width, layer->name()->size());
  print_out(kRow, "layer", name_width, "operator", "window", "output HxWxC", "parameters", "bits", "MACs",
            "binary MACs", "bytes");
  for (std::uint32_t i = 0; i < model.layers()->size(); ++i) {
    const fb::Layer& layer = layer_at(model, i);
    const Cost cost = layer_cost(model, layer);
    print_out(kRow, layer.name()->str(), name_width, fb::EnumNameOperator(layer.op_type()), layer_text(model, layer),
              shape_text(output_tensor(model, layer)), or_dash(cost.parameters()), or_dash(cost.weight_bits()),
              or_dash(cost.macs), or_dash(cost.binary_macs), or_dash(cost.constants.total()));
  }
}

// Prints how weights with zeros are stored, and why. Skips layers with few zeros, which rounding alone produces.
void print_storage(const fb::Model& model) {
  constexpr double kWorthALine = 0.3;
  constexpr auto kRow = "{:<8} {:>7} {:>12} {:>13} {:<8} {}\n";
  bool heading = false;
  for (std::uint32_t i = 0; i < model.layers()->size(); ++i) {
    const WeightStorage storage = weight_storage(model, layer_at(model, i));
    if (storage.zero_share() < kWorthALine) continue;
    if (!heading) print_out("\n");
    if (!heading) print_out(kRow, "layer", "zeros %", "dense bytes", "sparse bytes", "stored", "why");
    heading = true;
    print_out(kRow, layer_at(model, i).name()->str(), fmt::format("{:.1f}", 100 * storage.zero_share()),
              grouped(storage.dense_bytes), grouped(storage.sparse_bytes), storage.is_sparse ? "sparse" : "dense",
              storage.reason());
  }
}

std::string parameters_text(const Cost& cost) {
  std::string text = grouped(cost.parameters());
  const std::pair<int, std::int64_t> widths[] = {
      {1, cost.parameters_1bit}, {8, cost.parameters_8bit}, {16, cost.parameters_16bit}, {32, cost.parameters_32bit}};
  std::string parts;
  for (const auto& [bits, count] : widths) {
    if (count > 0)
      parts += fmt::format("{}{} of {} bit{}", parts.empty() ? "" : ", ", grouped(count), bits, bits > 1 ? "s" : "");
  }
  return text + " (" + parts + ")";
}

std::string front_end_text(const fb::Model& model) {
  const FrontEnd front_end = plan_front_end(model);
  const int step = step_samples(model, front_end);
  if (step == 0) return "none: each window is computed whole, so the model cannot be streamed";
  std::string names;
  for (std::uint32_t i = 0; i < front_end.layers; ++i) {
    names += fmt::format("{}{}", i == 0 ? "" : ", ", layer_at(model, i).name()->string_view());
  }
  return fmt::format("{}; one column every {} samples", names, grouped(step));
}

std::string detector_text(const fb::Model& model) {
  const fb::Detector* detector = model.detector();
  if (detector == nullptr) return "defaults (docs/guides/listening.md)";
  const double ms = 1000.0 / model.sample_rate_hz();
  std::string text = fmt::format(
      "a score every {:.0f} ms, averaged over {:.0f} ms; pause of {:.0f} ms after each detection; thresholds",
      detector->hop_samples() * ms, detector->average_samples() * ms, detector->refractory_samples() * ms);
  for (std::uint32_t c = 0; c < model.labels()->size(); ++c) {
    const std::uint16_t threshold = detector->thresholds()->Get(c);
    text += fmt::format("{} {} {}", c == 0 ? "" : ",", model.labels()->Get(c)->string_view(),
                        threshold == kNeverDetected ? "off" : fmt::format("{:.2f}", level_of(threshold)));
  }
  if (detector->gate_power() > 0) text += fmt::format("; level at least {:.1f} dBFS", rounded_dbfs(*detector));
  return text;
}

// Includes the counts of arXiv:2108.06128. All figures are counted, not measured.
void print_totals(const HostClassifier& classifier) {
  const Cost cost = model_cost(classifier.model());
  const auto file_bytes = static_cast<std::int64_t>(classifier.file().blob().size());
  constexpr auto kRow = "{:<20} {}\n";
  print_out("\n");
  print_out(kRow, "parameters", parameters_text(cost));
  print_out(kRow, "MACs", fmt::format("{} ({} of them binary)", grouped(cost.macs), grouped(cost.binary_macs)));
  print_out(kRow, "  arXiv:2108.06128",
            fmt::format("{} operations (MACs, ReLU, pools, the head's bias); {} MACs if 64 binary MACs count as one",
                        grouped(cost.paper_flops), grouped(static_cast<std::int64_t>(cost.word_macs()))));
  print_out(kRow, "file bytes",
            fmt::format("{} (weights {}, biases {}, thresholds {}, rescaling {}, the rest is structure)",
                        grouped(file_bytes), grouped(cost.constants.weights), grouped(cost.constants.biases),
                        grouped(cost.constants.thresholds), grouped(cost.constants.rescaling)));
  print_out(kRow, "  arXiv:2108.06128",
            fmt::format("{} (4 bytes, 1 byte or 1 bit per parameter)",
                        grouped(static_cast<std::int64_t>(cost.paper_bytes + 0.5))));
  print_out(
      kRow, "arena bytes",
      fmt::format("{} (working memory of this runtime)", grouped(static_cast<std::int64_t>(classifier.arena_bytes()))));
  if (input_kind(classifier.model()) == InputKind::kSound)
    print_out(kRow, "front end", front_end_text(classifier.model()));
  if (step_samples(classifier.model(), plan_front_end(classifier.model())) > 0)
    print_out(kRow, "detector", detector_text(classifier.model()));
}

std::string input_text(const fb::Model& model) {
  const fb::Tensor& input = *model.tensors()->Get(0);
  if (const InputKind kind = input_kind(model); kind != InputKind::kSound) {
    return fmt::format("{} of {} x {} x {}", plural_of(kind), input.height(), input.width(), input.channels());
  }
  return fmt::format("{} samples at {} Hz ({:.3f} s)", model.window_samples(), model.sample_rate_hz(),
                     static_cast<double>(model.window_samples()) / model.sample_rate_hz());
}

void print_model(const HostClassifier& classifier) {
  const fb::Model& model = classifier.model();
  print_out("{}: form {}, {} classes, {}\n\n", classifier.file().name(), model.route()->str(), model.labels()->size(),
            input_text(model));
  print_layers(model);
  print_storage(model);
  print_totals(classifier);
}

void info(const std::filesystem::path& path, const Common& common) {
  const HostClassifier classifier(path);
  if (common.json) {
    print_json(model_json(classifier));
  } else {
    print_model(classifier);
  }
}

}  // namespace

void add_info_command(CLI::App& app) {
  const auto common = std::make_shared<Common>();
  const auto path = std::make_shared<std::filesystem::path>();
  CLI::App* command = add_common(app, "stapes info xnor.stapes", common);
  command->add_option("MODEL", *path, "Packed model (.stapes)")->required();
  command->callback([=] { info(*path, *common); });
}

}  // namespace stapes::cli
