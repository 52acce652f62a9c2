// SPDX-License-Identifier: Apache-2.0
#include "import/state_dict.h"

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "import/advice.h"
#include "import/byte_reader.h"
#include "import/checkpoint.h"
#include "import/file_kind.h"
#include "import/legacy.h"
#include "import/pickle.h"
#include "import/safetensors.h"
#include "import/tensor_reader.h"
#include "import/zip.h"

namespace stapes {
namespace imports {
namespace {

std::vector<std::int64_t> read_config(const Pickle& pickle, const Value& config) {
  std::vector<std::int64_t> widths;
  if (config.kind != Kind::kList && config.kind != Kind::kTuple)
    throw Error("config is {}; expected a list of layer widths", with_article(config.kind));
  for (const Ref item : config.items) {
    if (pickle[item].kind != Kind::kInt)
      throw Error("config holds {}; expected layer widths", with_article(pickle[item].kind));
    widths.push_back(pickle[item].integer);
  }
  return widths;
}

StateDict read_object(const Pickle& pickle, TensorReader& tensors) {
  StateDict state;
  const Ref found = find_weights(pickle);
  const Value &weights = pickle[found], &root = pickle[pickle.root];
  if (find(pickle, root, "weight") == found) {  // {weight: state dict, config: widths}
    if (const auto config = find(pickle, root, "config")) state.config = read_config(pickle, pickle[*config]);
  }
  for (std::size_t i = 0; i + 1 < weights.items.size(); i += 2) {
    const Value& key = pickle[weights.items[i]];
    if (key.kind != Kind::kString)
      throw Error("the state dict has {} as a key; expected text; {}", with_article(key.kind), kSaveWeights);
    const std::string name = stapes::printable(key.text);  // not shortened: long names may differ only at the end
    auto tensor = tensors.read(name, weights.items[i + 1]);
    if (!tensor) continue;
    if (!state.tensors.emplace(name, std::move(*tensor)).second) throw Error("tensor {} occurs twice", name);
    state.order.push_back(name);
  }
  return state;
}

StateDict read_zip(std::span<const std::byte> bytes) {
  const ZipArchive archive(bytes);
  const std::string pickle_name = archive.find_unique("data.pkl");
  const std::string folder = pickle_name.substr(0, pickle_name.size() - std::string_view("data.pkl").size());
  if (archive.contains(folder + "byteorder")) {
    const auto order = archive.read(folder + "byteorder");
    if (ByteReader(order, "byteorder").text(order.size()) != "little")
      throw Error("the file was written on a big-endian machine; expected little-endian numbers");
  }
  const Pickle pickle = read_pickle(archive.read(pickle_name), 0, torch_globals());
  TensorReader tensors(
      pickle,
      [&](const StorageRecord& storage) {
        const auto data = archive.read(folder + "data/" + std::string(storage.key));
        if (storage.element_count != data.size() / storage.type->element_bytes ||
            data.size() % storage.type->element_bytes != 0) {
          throw Error("storage {} declares {} values of {} bytes, but the file holds {} bytes for it",
                      printable(storage.key), storage.element_count, storage.type->element_bytes, data.size());
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

StateDict read_any(std::span<const std::byte> bytes) {
  if (is_legacy(bytes)) return read_old_format(bytes);
  if (is_safetensors(bytes)) return read_safetensors(bytes);
  const std::string foreign = foreign_file(bytes);
  if (!foreign.empty()) throw Error("cannot read weights from this file: {}", foreign);
  if (ZipArchive::is_zip(bytes)) return read_zip(bytes);
  throw Error("not a torch.save or safetensors file: its first bytes match neither; {}", kSaveWeights);
}

}  // namespace
}  // namespace imports

StateDict parse_state_dict(std::span<const std::byte> bytes, const std::string& name) {
  try {
    return imports::read_any(bytes);
  } catch (const Error& error) {
    throw Error("{}: {}", name, error.what());
  }
}

StateDict read_state_dict(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path))
    throw Error("{}: cannot read weights from this path: {}", path.string(), imports::foreign_folder(path));
  const auto bytes = read_file(path);
  return parse_state_dict(bytes, path.string());
}

}  // namespace stapes
