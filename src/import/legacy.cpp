// SPDX-License-Identifier: Apache-2.0
#include "import/legacy.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "import/advice.h"
#include "import/byte_reader.h"
#include "import/tensor_reader.h"

namespace stapes::imports {
namespace {

constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);  // 0x1950a86a20f9469cfc6c
constexpr int kVersion = 1001;

void check_machine(const Pickle& facts) {
  const Value& dict = facts[facts.root];
  if (dict.kind != Kind::kDict)
    throw Error("the old .pt format's third record is {}; expected a dict", with_article(dict.kind));
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    if (facts[dict.items[i]].text != "little_endian") continue;
    if (facts[dict.items[i + 1]].integer != 1)
      throw Error("the file was written on a big-endian machine; expected little-endian numbers");
  }
}

// The object's description of each storage.
std::map<std::string_view, StorageRecord> declared_storages(const Pickle& object) {
  std::map<std::string_view, StorageRecord> declared;
  for (Ref ref = 0; ref < object.values.size(); ++ref) {
    if (object[ref].kind != Kind::kPersistent) continue;
    const StorageRecord record = read_storage_record(object, ref);
    const auto [known, added] = declared.emplace(record.key, record);
    if (!added && (known->second.type != record.type || known->second.element_count != record.element_count)) {
      throw Error("storage {} is described in two different ways", printable(record.key));
    }
  }
  return declared;
}

}  // namespace

// PROTO n; since protocol 4, FRAME and its size; then LONG1 10 and the magic number.
bool is_legacy(std::span<const std::byte> bytes) {
  constexpr std::size_t kProto = 2, kFrame = 9, kLong1 = 2;
  if (bytes.empty() || bytes[0] != std::byte{0x80}) return false;
  const bool framed = bytes.size() > kProto && bytes[kProto] == std::byte{0x95};
  const std::size_t at = kProto + (framed ? kFrame : 0) + kLong1;
  return bytes.size() >= at + kMagic.size() && ByteReader(bytes, "the file", at).text(kMagic.size()) == kMagic;
}

LegacyFile read_legacy(std::span<const std::byte> bytes) {
  const Pickle magic = read_pickle(bytes, 0, {});
  const Pickle version = read_pickle(bytes, magic.end, {});
  if (magic[magic.root].text != kMagic || version[version.root].integer != kVersion)
    throw Error("unsupported version of the old .pt format; expected {}; {}", kVersion, kSaveWeights);
  const Pickle machine = read_pickle(bytes, version.end, {});
  check_machine(machine);
  LegacyFile file{.object = read_pickle(bytes, machine.end, torch_globals()), .storages = {}};
  const Pickle keys = read_pickle(bytes, file.object.end, {});
  if (keys[keys.root].kind != Kind::kList)
    throw Error("the storages are listed in {}; expected a list", with_article(keys[keys.root].kind));

  const auto declared = declared_storages(file.object);
  ByteReader data(bytes, "the file", keys.end);
  for (const Ref ref : keys[keys.root].items) {
    const std::string_view key = keys[ref].text;
    const auto found = declared.find(key);
    if (found == declared.end()) throw Error("storage {} belongs to no tensor", printable(key));
    const StorageRecord& record = found->second;
    const auto count = data.number<std::uint64_t>();
    if (count != record.element_count)
      throw Error("storage {} holds {} values, but its tensors expect {}", printable(key), count, record.element_count);
    if (count > data.left() / record.type->element_bytes) {
      throw Error("storage {} declares {} values of {} bytes, but the file has only {} bytes left", printable(key),
                  count, record.type->element_bytes, data.left());
    }
    if (!file.storages.emplace(key, data.take(count * record.type->element_bytes)).second)
      throw Error("storage {} is listed twice", printable(key));
  }
  if (data.left() != 0) throw Error("{} bytes are left over after the last storage", data.left());
  return file;
}

}  // namespace stapes::imports
