// SPDX-License-Identifier: Apache-2.0
#include "interop/state_dict.h"

#include "base/error.h"
#include "base/files.h"
#include "interop/byte_reader.h"
#include "interop/legacy.h"
#include "interop/pickle.h"
#include "interop/tensor_reader.h"
#include "interop/zip.h"

namespace stapes {
namespace interop {
namespace {

constexpr const char* kAdvice = "save the weights with torch.save(model.state_dict(), FILE)";

// The value of `key` in a dict, or nullptr.
const Value* find(const Pickle& pickle, const Value& dict, std::string_view key) {
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const Value& name = pickle[dict.items[i]];
    if (name.kind == Kind::kString && name.text == key) return &pickle[dict.items[i + 1]];
  }
  return nullptr;
}

std::vector<std::int64_t> read_config(const Pickle& pickle, const Value& config) {
  std::vector<std::int64_t> widths;
  if (config.kind != Kind::kList && config.kind != Kind::kTuple)
    throw Error("config is a {}, expected a list of layer widths", to_string(config.kind));
  for (const Ref item : config.items) {
    if (pickle[item].kind != Kind::kInt)
      throw Error("config holds a {}, expected layer widths", to_string(pickle[item].kind));
    widths.push_back(pickle[item].integer);
  }
  return widths;
}

StateDict read_object(const Pickle& pickle, TensorReader& tensors) {
  StateDict state;
  const Value* weights = &pickle[pickle.root];
  if (weights->kind != Kind::kDict)
    throw Error("the file holds a {}, expected a state dict; {}", to_string(weights->kind), kAdvice);
  const Value* nested = find(pickle, *weights, "weight");
  if (nested != nullptr && nested->kind == Kind::kDict) {  // {weight: state dict, config: widths}
    if (const Value* config = find(pickle, *weights, "config")) state.config = read_config(pickle, *config);
    weights = nested;
  }
  for (std::size_t i = 0; i + 1 < weights->items.size(); i += 2) {
    const Value& key = pickle[weights->items[i]];
    if (key.kind != Kind::kString) throw Error("the state dict has a {} for a name; {}", to_string(key.kind), kAdvice);
    const std::string name = printable(key.text);
    auto tensor = tensors.read(name, weights->items[i + 1]);
    if (!tensor) continue;
    if (!state.tensors.emplace(name, std::move(*tensor)).second) throw Error("tensor {} is there twice", name);
    state.order.push_back(name);
  }
  if (state.tensors.empty()) throw Error("the file holds no tensors; {}", kAdvice);
  return state;
}

StateDict read_zip(std::span<const std::byte> bytes) {
  const ZipArchive archive(bytes);
  const std::string pickle_name = archive.find_unique("data.pkl");
  const std::string folder = pickle_name.substr(0, pickle_name.size() - std::string_view("data.pkl").size());
  if (archive.contains(folder + "byteorder")) {
    const auto order = archive.read(folder + "byteorder");
    if (ByteReader(order, "byteorder").text(order.size()) != "little")
      throw Error("the file was written on a big-endian machine");
  }
  const Pickle pickle = read_pickle(archive.read(pickle_name), 0, torch_globals());
  TensorReader tensors(
      pickle,
      [&](const StorageRecord& storage) {
        const auto data = archive.read(folder + "data/" + std::string(storage.key));
        if (storage.element_count != data.size() / storage.type->element_bytes ||
            data.size() % storage.type->element_bytes != 0) {
          throw Error("storage {} claims {} values of {} bytes; the file holds {} bytes for it", printable(storage.key),
                      storage.element_count, storage.type->element_bytes, data.size());
        }
        return data;
      },
      bytes.size());
  return read_object(pickle, tensors);
}

StateDict read_old_format(std::span<const std::byte> bytes) {
  const LegacyFile file = read_legacy(bytes);
  TensorReader tensors(
      file.object,
      [&](const StorageRecord& storage) {
        const auto found = file.storages.find(storage.key);
        if (found == file.storages.end()) throw Error("the file has no data for storage {}", printable(storage.key));
        return found->second;
      },
      bytes.size());
  return read_object(file.object, tensors);
}

}  // namespace
}  // namespace interop

StateDict parse_state_dict(std::span<const std::byte> bytes, const std::string& name) {
  try {
    if (interop::ZipArchive::is_zip(bytes)) return interop::read_zip(bytes);
    if (interop::is_legacy(bytes)) return interop::read_old_format(bytes);
    throw Error("no file of torch.save: it begins like neither of its two formats; {}", interop::kAdvice);
  } catch (const Error& error) {
    throw Error("{}: {}", name, error.what());
  }
}

StateDict read_state_dict(const std::filesystem::path& path) {
  const auto bytes = read_file(path);
  return parse_state_dict(bytes, path.string());
}

}  // namespace stapes
