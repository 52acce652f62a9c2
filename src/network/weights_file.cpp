// SPDX-License-Identifier: Apache-2.0
#include "network/weights_file.h"

#include <algorithm>

#include "base/error.h"
#include "network/weights_generated.h"
#include "packed/container.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

constexpr int kMaxClasses = 100000;
constexpr std::int64_t kMaxElements = std::int64_t{1} << 31;

network::fb::NetworkT to_tables(const TrainedNetwork& network) {
  network::fb::NetworkT tables;
  tables.sample_rate_hz = network.spec.sample_rate_hz;
  tables.window_samples = network.spec.window_samples;
  tables.class_count = network.spec.class_count;
  tables.widths.assign(network.spec.widths.begin(), network.spec.widths.end());
  tables.binary = network.spec.binary;
  tables.eight_bit = network.spec.form.eight_bit;
  tables.unscaled = !network.spec.form.scaled;
  tables.rprelu = network.spec.form.rprelu;
  tables.shortcuts = network.spec.form.shortcuts;
  tables.family = network.spec.family == Family::kResnet ? network::fb::Family::kResnet : network::fb::Family::kAcdnet;
  tables.image_height = network.spec.image.height;
  tables.image_width = network.spec.image.width;
  tables.image_channels = network.spec.image.channels;
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
  tensor.shape.assign(table.shape()->begin(), table.shape()->end());
  tensor.values.assign(table.values()->begin(), table.values()->end());
  std::int64_t count = 1;
  for (const std::int64_t n : tensor.shape) {
    if (n < 0 || n > kMaxElements || (count *= n) > kMaxElements) {
      throw Error("{}: tensor {} has an impossible shape", where, table.name()->str());
    }
  }
  return tensor;
}

Family read_family(network::fb::Family family, const std::string& where) {
  if (family == network::fb::Family::kAcdnet) return Family::kAcdnet;
  if (family == network::fb::Family::kResnet) return Family::kResnet;
  throw Error("{} is of a family of networks that this version does not know", where);
}

TrainedNetwork from_tables(const network::fb::Network& tables, const std::string& where) {
  TrainedNetwork network;
  NetworkSpec& spec = network.spec;
  spec.sample_rate_hz = tables.sample_rate_hz();
  spec.window_samples = tables.window_samples();
  spec.class_count = tables.class_count();
  spec.binary = tables.binary();
  if (spec.class_count < 1 || spec.class_count > kMaxClasses) {
    throw Error("{} is of {} classes; 1 to {} are possible", where, spec.class_count, kMaxClasses);
  }
  spec.family = read_family(tables.family(), where);
  spec.image = {tables.image_height(), tables.image_width(), tables.image_channels()};
  spec.widths.assign(tables.widths()->begin(), tables.widths()->end());
  if (tables.eight_bit() != nullptr) spec.form.eight_bit.assign(tables.eight_bit()->begin(), tables.eight_bit()->end());
  spec.form.scaled = !tables.unscaled();
  spec.form.rprelu = tables.rprelu();
  spec.form.shortcuts = tables.shortcuts();
  network.batch_norm_epsilon = tables.batch_norm_epsilon();
  if (!(network.batch_norm_epsilon > 0 && network.batch_norm_epsilon < 1)) {
    throw Error("{} has a batch-norm epsilon of {}", where, network.batch_norm_epsilon);
  }
  for (const auto* label : *tables.labels()) network.labels.push_back(label->str());
  if (tables.provenance() != nullptr) network.provenance = tables.provenance()->str();
  for (const auto* table : *tables.tensors()) network.tensors[table->name()->str()] = read_tensor(*table, where);
  return network;
}

}  // namespace

std::vector<std::byte> serialize_network(const TrainedNetwork& network) {
  flatbuffers::FlatBufferBuilder builder;
  const network::fb::NetworkT tables = to_tables(network);
  builder.Finish(network::fb::Network::Pack(builder, &tables));
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {bytes.begin(), bytes.end()};
}

void write_network(const fs::path& path, const TrainedNetwork& network, Existing existing) {
  check_tensors(network);
  const std::vector<std::byte> payload = serialize_network(network);
  AtomicFile file(path, existing);
  file.write(container_header(kNetworkContainer, payload));
  file.write(payload);
  file.commit();
}

TrainedNetwork read_network(const fs::path& path) {
  const fs::path file = fs::is_directory(path) ? path / kWeightsFileName : path;
  const MappedFile mapped(file);
  std::span<const std::byte> payload;
  const Status status = open_container(mapped.bytes(), kNetworkContainer, payload);
  if (status != Status::kOk) throw Error("{} is no trained network: {}", file.string(), to_string(status));
  const auto* data = reinterpret_cast<const std::uint8_t*>(payload.data());
  flatbuffers::Verifier verifier(data, payload.size());
  if (!network::fb::VerifyNetworkBuffer(verifier)) {
    throw Error("{} is no trained network: its structure is damaged", file.string());
  }
  TrainedNetwork network = from_tables(*network::fb::GetNetwork(data), file.string());
  try {
    check_tensors(network);
  } catch (const Error& error) {
    throw Error("{}: {}", file.string(), error.what());
  }
  return network;
}

}  // namespace stapes
