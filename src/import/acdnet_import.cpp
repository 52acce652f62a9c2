// SPDX-License-Identifier: Apache-2.0
#include "import/acdnet_import.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string_view>

#include "base/error.h"
#include "graph/networks.h"
#include "import/wrapped_names.h"

namespace stapes {
namespace {

constexpr int kAcdnetConvs = 12;
constexpr std::array<std::string_view, 3> kSections = {"sfeb", "tfeb", "output"};
constexpr std::array<std::string_view, 4> kNormParts = {"weight", "bias", "running_mean", "running_var"};

struct Place {  // of a layer in published files
  std::size_t section = 0;
  int number = 0;
  auto operator<=>(const Place&) const = default;
};

struct Layer {
  std::string name;                                 // "tfeb.12"
  std::map<std::string, const FloatTensor*> parts;  // "weight", "bn.weight", ...
};

[[noreturn]] void refuse(const std::string& name) {
  throw Error("tensor {} is not part of an ACDNet; only ACDNets can be imported", name);
}

// "tfeb.12.bn.weight" -> section tfeb, layer 12, part "bn.weight".
std::map<Place, Layer> group_layers(const std::map<std::string, const FloatTensor*>& tensors) {
  std::map<Place, Layer> layers;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t dot = name.find('.');
    const std::size_t second = dot == std::string::npos ? dot : name.find('.', dot + 1);
    const auto section = std::find(kSections.begin(), kSections.end(), std::string_view(name).substr(0, dot));
    if (second == std::string::npos || section == kSections.end()) refuse(name);
    Place place{.section = static_cast<std::size_t>(section - kSections.begin())};
    const char* const end = name.data() + second;
    const auto [stop, error] = std::from_chars(name.data() + dot + 1, end, place.number);
    if (error != std::errc() || stop != end || place.number < 0) refuse(name);
    Layer& layer = layers[place];
    layer.name = name.substr(0, second);
    layer.parts.emplace(name.substr(second + 1), tensor);
  }
  return layers;
}

class Importer {
 public:
  explicit Importer(TrainedNetwork& network) : network_(network) {}

  void add(const Layer& layer) {
    const auto weight = layer.parts.find("weight");
    const std::size_t axes = weight == layer.parts.end() ? 0 : weight->second->shape.size();
    if (axes == 4) return add_convolution(layer, *weight->second);
    if (axes == 2) return add_head(layer);
    return add_norm(layer, "", kNormParts.size());
  }

  int convolutions() const { return convolutions_; }
  const std::vector<int>& widths() const { return widths_; }

 private:
  void add_convolution(const Layer& layer, const FloatTensor& weight) {
    if (++convolutions_ > kAcdnetConvs)
      throw Error("{} is convolution number {}; an ACDNet has {}", layer.name, convolutions_, kAcdnetConvs);
    widths_.push_back(static_cast<int>(std::min<std::int64_t>(weight.shape[0], INT32_MAX)));
    network_.tensors.emplace(fmt::format("conv{}.weight", convolutions_), weight);
    if (layer.parts.size() == 1) return;
    network_.spec.binary = true;  // only the XNOR form has the batch norm inside the convolution
    add_norm(layer, "bn.", kNormParts.size() + 1);
  }

  void add_norm(const Layer& layer, const std::string& prefix, std::size_t part_count) {
    for (const std::string_view part : kNormParts) {
      const auto found = layer.parts.find(prefix + std::string(part));
      if (found == layer.parts.end())
        throw Error("layer {} has no {}{}; a batch norm needs it", layer.name, prefix, part);
      const std::string name = fmt::format("bn{}.{}", convolutions_, part);
      if (convolutions_ == 0 || !network_.tensors.emplace(name, *found->second).second) {
        throw Error("batch norm {} is out of place; expected one after each convolution", layer.name);
      }
    }
    check_no_more(layer, part_count);
  }

  void add_head(const Layer& layer) {
    const auto bias = layer.parts.find("bias");
    if (bias == layer.parts.end()) throw Error("the linear layer {} has no bias", layer.name);
    check_no_more(layer, 2);
    const FloatTensor& weight = *layer.parts.at("weight");
    network_.spec.class_count = static_cast<int>(std::min<std::int64_t>(weight.shape[0], INT32_MAX));
    if (!network_.tensors.emplace("head.weight", weight).second)
      throw Error("{} is a second linear layer; an ACDNet has one", layer.name);
    network_.tensors.emplace("head.bias", *bias->second);
  }

  static void check_no_more(const Layer& layer, std::size_t part_count) {
    if (layer.parts.size() == part_count) return;
    std::vector<std::string_view> names;
    for (const auto& [part, tensor] : layer.parts) names.push_back(part);
    throw Error("layer {} has more parts than a layer of an ACDNet: {}", layer.name, fmt::join(names, ", "));
  }

  TrainedNetwork& network_;
  int convolutions_ = 0;
  std::vector<int> widths_;
};

void check_config(const StateDict& state, const std::vector<int>& widths) {
  if (state.config.empty()) return;
  if (!std::equal(state.config.begin(), state.config.end(), widths.begin(), widths.end())) {
    throw Error("the file's config gives the widths {}, but its tensors have {}", fmt::join(state.config, " "),
                fmt::join(widths, " "));
  }
}

}  // namespace

TrainedNetwork network_from_state_dict(const StateDict& state, int sample_rate_hz, int window_samples,
                                       std::vector<std::string>* left_out) {
  TrainedNetwork network;
  network.spec.input = AudioInput{sample_rate_hz, window_samples};
  Importer importer(network);
  const imports::UnwrappedNames names = imports::unwrap_names(state.tensors, kSections);
  for (const auto& [place, layer] : group_layers(names.tensors)) importer.add(layer);
  if (importer.convolutions() != kAcdnetConvs)
    throw Error("wrong number of convolutions in the file: {}; an ACDNet has {}", importer.convolutions(),
                kAcdnetConvs);
  if (!network.tensors.contains("head.weight")) throw Error("the file has no linear layer");
  check_config(state, importer.widths());
  network.spec.graph = named_graph("acdnet", network.spec.class_count);
  set_widths(network.spec.graph, importer.widths());
  for (int i = 0; i < network.spec.class_count; ++i) network.labels.push_back("class_" + std::to_string(i));
  check_tensors(network);
  if (left_out != nullptr) *left_out = names.left_out;
  return network;
}

}  // namespace stapes
