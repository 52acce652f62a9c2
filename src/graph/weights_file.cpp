// SPDX-License-Identifier: Apache-2.0
#include "graph/weights_file.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "graph/binary_form.h"
#include "graph/graph_toml.h"
#include "graph/networks.h"
#include "graph/weights_generated.h"
#include "packed/container.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr int kMaxClasses = 100000;
constexpr std::int64_t kMaxElements = std::int64_t{1} << 31;

network::fb::NetworkT to_tables(const TrainedNetwork& network) {
  network::fb::NetworkT tables;
  tables.sample_rate_hz = sample_rate_hz(network.spec.input);
  tables.window_samples = input_values(network.spec.input);
  tables.class_count = network.spec.class_count;
  tables.graph = graph_text(network.spec.graph);
  tables.binary = network.spec.binary;
  tables.keep_8_bit = network.spec.form.keep_8_bit;
  tables.unscaled = !network.spec.form.scaled;
  tables.rprelu = network.spec.form.rprelu;
  tables.shortcuts = network.spec.form.shortcuts;
  if (kind_of(network.spec.input) != GraphInput::kAudio) {
    const FeatureSize shape = input_size(network.spec.input);
    tables.image_height = shape.height;
    tables.image_width = shape.width;
    tables.image_channels = shape.channels;
  }
  tables.batch_norm_epsilon = network.batch_norm_epsilon;
  tables.labels = network.labels;
  tables.provenance = network.provenance;
  for (const auto& [name, tensor] : network.tensors) {
    auto table = std::make_unique<network::fb::TensorT>();
    table->name = name;
    table->shape = tensor.shape;
    table->values = tensor.values;
    tables.tensors.push_back(std::move(table));
  }
  return tables;
}

FloatTensor read_tensor(const network::fb::Tensor& table, const std::string& where) {
  FloatTensor tensor;
  for (flatbuffers::uoffset_t i = 0; i < table.shape()->size(); ++i) {
    // memcpy, because the shape is misaligned in some hostile files.
    std::int64_t size = 0;
    std::memcpy(&size, table.shape()->Data() + i * sizeof size, sizeof size);
    tensor.shape.push_back(size);
  }
  tensor.values.assign(table.values()->begin(), table.values()->end());
  std::int64_t count = 1;
  for (const std::int64_t n : tensor.shape) {
    if (n < 0 || n > kMaxElements || (count *= n) > kMaxElements) {
      throw Error("{}: tensor {} has an impossible shape", where, table.name()->str());
    }
  }
  return tensor;
}

// Versions 1 and 2 store only a network family and widths.
Graph graph_of_family(const network::fb::Network& tables, const std::string& where) {
  if (tables.family() > network::fb::Family::MAX) {
    throw Error("{} has a network family that this version does not know", where);
  }
  const char* name = tables.family() == network::fb::Family::kResnet ? "resnet18" : "acdnet";
  Graph graph = named_graph(name, tables.class_count());
  std::vector<int> widths;
  if (tables.widths() != nullptr) widths.assign(tables.widths()->begin(), tables.widths()->end());
  if (widths.size() != graph.widths.size()) {
    throw Error("{}: {} has {} widths, not {}", where, name, graph.widths.size(), widths.size());
  }
  for (const int width : widths) {
    if (width < 1 || width > kMaxWidth) throw Error("{}: width {}; expected 1 to {}", where, width, kMaxWidth);
  }
  set_widths(graph, widths);
  return graph;
}

void read_structure(const network::fb::Network& tables, const std::string& where, NetworkSpec& spec) {
  spec.graph = tables.graph() != nullptr ? parse_graph(tables.graph()->str(), where + ", its graph", spec.class_count)
                                         : graph_of_family(tables, where);
  const int height = tables.image_height(), width = tables.image_width(), channels = tables.image_channels();
  if (tables.sample_rate_hz() != 0) {
    spec.input = AudioInput{tables.sample_rate_hz(), tables.window_samples()};
  } else if (spec.graph.input == GraphInput::kFeatures) {
    spec.input = FeatureSize{height, width, channels};
  } else {
    spec.input = ImageSize{height, width, channels};
  }
  if (spec.graph.input != kind_of(spec.input)) throw Error("{}: its input does not match its graph", where);
  spec.form.scaled = !tables.unscaled();
  spec.form.rprelu = tables.rprelu();
  spec.form.shortcuts = tables.shortcuts();
  if (tables.keep_8_bit() != nullptr) {
    for (const auto* name : *tables.keep_8_bit()) spec.form.keep_8_bit.push_back(name->str());
  }
  if (tables.eight_bit() != nullptr) {
    for (const int number : *tables.eight_bit()) spec.form.keep_8_bit.push_back(nth_convolution(spec.graph, number));
  }
}

TrainedNetwork from_tables(const network::fb::Network& tables, const std::string& where) {
  TrainedNetwork network;
  NetworkSpec& spec = network.spec;
  spec.class_count = tables.class_count();
  spec.binary = tables.binary();
  if (spec.class_count < 1 || spec.class_count > kMaxClasses) {
    throw Error("{} has {} classes; expected 1 to {}", where, spec.class_count, kMaxClasses);
  }
  read_structure(tables, where, spec);
  network.batch_norm_epsilon = tables.batch_norm_epsilon();
  if (!(network.batch_norm_epsilon > 0 && network.batch_norm_epsilon < 1)) {
    throw Error("{} has a batch-norm epsilon of {}; expected a value between 0 and 1", where,
                network.batch_norm_epsilon);
  }
  for (const auto* label : *tables.labels()) network.labels.push_back(label->str());
  if (tables.provenance() != nullptr) network.provenance = tables.provenance()->str();
  for (const auto* table : *tables.tensors()) network.tensors[table->name()->str()] = read_tensor(*table, where);
  return network;
}

std::vector<std::byte> serialize(const network::fb::NetworkT& tables) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(network::fb::Network::Pack(builder, &tables));
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::vector<std::byte> serialize_network(const TrainedNetwork& network) { return serialize(to_tables(network)); }

std::vector<std::byte> serialize_as_version_2(const TrainedNetwork& network) {
  const NetworkSpec& spec = network.spec;
  const bool images = is_image(spec.input);
  const Graph family = named_graph(images ? "resnet18" : "acdnet", spec.class_count);
  if (spec.graph.nodes != family.nodes) return {};
  network::fb::NetworkT tables = to_tables(network);
  tables.graph.clear();
  tables.keep_8_bit.clear();
  tables.widths.assign(spec.graph.widths.begin(), spec.graph.widths.end());
  tables.family = images ? network::fb::Family::kResnet : network::fb::Family::kAcdnet;
  for (int number = 1; number <= static_cast<int>(spec.graph.widths.size()) && !spec.form.keep_8_bit.empty();
       ++number) {
    const auto& kept = spec.form.keep_8_bit;
    if (std::ranges::find(kept, nth_convolution(spec.graph, number)) != kept.end()) tables.eight_bit.push_back(number);
  }
  return serialize(tables);
}

void write_network(const fs::path& path, const TrainedNetwork& network, Existing existing) {
  check_tensors(network);
  const std::vector<std::byte> payload = serialize_network(network);
  AtomicFile file(path, existing);
  file.write(container_header(kNetworkContainer, payload));
  file.write(payload);
  file.commit();
}

TrainedNetwork deserialize_network(std::span<const std::byte> payload, const std::string& where) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(payload.data());
  flatbuffers::Verifier verifier(data, payload.size());
  if (!network::fb::VerifyNetworkBuffer(verifier)) {
    throw Error("cannot use {} as a trained network: its structure is damaged", where);
  }
  TrainedNetwork network = from_tables(*network::fb::GetNetwork(data), where);
  try {
    check_tensors(network);
  } catch (const Error& error) {
    throw Error("{}: {}", where, error.what());
  }
  return network;
}

TrainedNetwork read_network(const fs::path& path) {
  const fs::path file = fs::is_directory(path) ? path / kWeightsFileName : path;
  const MappedFile mapped(file);
  std::span<const std::byte> payload;
  const Status status = open_container(mapped.bytes(), kNetworkContainer, payload);
  if (status != Status::kOk) throw Error("cannot use {} as a trained network: {}", file.string(), to_string(status));
  return deserialize_network(payload, file.string());
}

}  // namespace stapes
