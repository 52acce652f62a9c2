// SPDX-License-Identifier: Apache-2.0
#include "import/safetensors.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "import/byte_reader.h"
#include "import/element_types.h"

namespace stapes::imports {
namespace {
using nlohmann::json;

constexpr std::uint64_t kMaxHeaderBytes = 16 << 20;  // an ACDNet needs 5 KB
constexpr int kMaxDepth = 3;                         // header, tensor, shape
constexpr std::string_view kMetadata = "__metadata__";

struct Dtype {
  std::string_view name;
  std::uint64_t bytes;
  ToFloat to_float;  // null: not a type for weights
};

constexpr std::array kDtypes = {
    Dtype{"F32", 4, from_float32},   Dtype{"F64", 8, from_float64}, Dtype{"F16", 2, from_float16},
    Dtype{"BF16", 2, from_bfloat16}, Dtype{"I64", 8, nullptr},      Dtype{"U64", 8, nullptr},
    Dtype{"I32", 4, nullptr},        Dtype{"U32", 4, nullptr},      Dtype{"I16", 2, nullptr},
    Dtype{"U16", 2, nullptr},        Dtype{"I8", 1, nullptr},       Dtype{"U8", 1, nullptr},
    Dtype{"BOOL", 1, nullptr},       Dtype{"F8_E4M3", 1, nullptr},  Dtype{"F8_E5M2", 1, nullptr}};

struct Entry {
  std::string name;
  const Dtype* dtype = nullptr;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

// Refuses duplicate keys: the parser would keep only the last.
json parse_header(std::string_view text) {
  // The parser ignores everything after a NUL.
  if (text.find('\0') != text.npos) throw Error("the safetensors header is damaged: it contains a NUL byte");
  std::vector<std::set<std::string>> keys;  // of the open objects
  const auto check = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kMaxDepth) throw Error("the safetensors header is nested more than {} levels deep", kMaxDepth);
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      throw Error("the safetensors header has the key '{}' twice", printable(parsed.get<std::string>()));
    return true;
  };
  try {
    return json::parse(text, check);
  } catch (const json::exception& error) {
    throw Error("the safetensors header is damaged: {}", printable(error.what()));
  }
}

const json& field(const std::string& name, const json& tensor, const char* key) {
  const auto found = tensor.find(key);
  if (found == tensor.end()) throw Error("tensor {} has no {}", name, key);
  return *found;
}

std::vector<std::uint64_t> numbers(const std::string& name, const json& list, const char* key, std::size_t most) {
  const bool fits = list.is_array() && list.size() <= most &&
                    std::all_of(list.begin(), list.end(), [](const json& n) { return n.is_number_unsigned(); });
  if (!fits) throw Error("tensor {}: {} is not a list of up to {} non-negative integers", name, key, most);
  return list.get<std::vector<std::uint64_t>>();
}

// Divides before multiplying, to avoid a 64-bit overflow.
void check_size(const Entry& entry, const std::vector<std::uint64_t>& shape) {
  const std::uint64_t there = entry.end - entry.begin;
  std::uint64_t bytes = std::ranges::count(shape, 0u) != 0 ? 0 : entry.dtype->bytes;
  for (const std::uint64_t n : shape) {
    if (bytes == 0) break;
    bytes = bytes > there / n ? there + 1 : bytes * n;
  }
  if (bytes != there)
    throw Error("the data_offsets of tensor {} span {} bytes, which does not match its dtype and shape", entry.name,
                there);
}

Entry read_entry(const std::string& name, const json& tensor, std::uint64_t data_bytes) {
  if (!tensor.is_object() || tensor.size() != 3)
    throw Error("tensor {} must have exactly the keys dtype, shape and data_offsets", name);
  Entry entry;
  entry.name = name;
  const json& dtype = field(name, tensor, "dtype");
  const auto known = std::find_if(kDtypes.begin(), kDtypes.end(), [&](const Dtype& d) {
    return dtype.is_string() && dtype.get_ref<const std::string&>() == d.name;
  });
  if (known == kDtypes.end()) {
    throw Error("tensor {} has dtype {}; expected F32, F16, BF16 or F64", name, printable(dtype.dump()));
  }
  entry.dtype = &*known;
  const auto offsets = numbers(name, field(name, tensor, "data_offsets"), "data_offsets", 2);
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_bytes) {
    throw Error("tensor {} has data_offsets that are out of order or outside the {} bytes of data", name, data_bytes);
  }
  entry.begin = offsets[0];
  entry.end = offsets[1];
  const auto shape = numbers(name, field(name, tensor, "shape"), "shape", kMaxAxes);
  check_size(entry, shape);
  for (const std::uint64_t n : shape) {
    // Possible if another dimension is 0.
    if (n > INT64_MAX) throw Error("tensor {} has a dimension of {}, which is too large", name, n);
    entry.shape.push_back(static_cast<std::int64_t>(n));
  }
  return entry;
}

// Tensors must fill the data without gaps or overlaps.
void check_places(std::vector<Entry>& entries, std::uint64_t data_bytes) {
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t next = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != next) {
      throw Error("tensor {} begins at byte {} of the data; expected byte {}: tensors overlap or leave a gap",
                  entry.name, entry.begin, next);
    }
    next = entry.end;
  }
  if (next != data_bytes) throw Error("the data has {} bytes, but its tensors have {}", data_bytes, next);
}

FloatTensor read_tensor(const Entry& entry, std::span<const std::byte> data) {
  FloatTensor tensor{.shape = entry.shape, .values = {}};
  tensor.values.resize((entry.end - entry.begin) / entry.dtype->bytes);
  const std::byte* element = data.data() + entry.begin;
  for (float& value : tensor.values) {
    value = entry.dtype->to_float(element);
    element += entry.dtype->bytes;
  }
  check_finite(entry.name, tensor);
  return tensor;
}

void check_metadata(const json& metadata) {
  const bool texts = metadata.is_object() &&
                     std::all_of(metadata.begin(), metadata.end(), [](const json& value) { return value.is_string(); });
  if (!texts) throw Error("the safetensors header has a {} that does not map strings to strings", kMetadata);
}

}  // namespace

bool is_safetensors(std::span<const std::byte> bytes) {
  constexpr std::byte kBrace{'{'};
  return bytes.size() > sizeof(std::uint64_t) && bytes[sizeof(std::uint64_t)] == kBrace && bytes[0] != kBrace;
}

StateDict read_safetensors(std::span<const std::byte> bytes) {
  ByteReader reader(bytes, "the safetensors file");
  const auto header_bytes = reader.number<std::uint64_t>();
  if (header_bytes > reader.left()) {
    throw Error("the safetensors file is cut short or damaged: it declares a header of {} bytes, but only {} follow",
                header_bytes, reader.left());
  }
  if (header_bytes > kMaxHeaderBytes) {
    throw Error("the safetensors file declares a header of {} bytes; expected at most {}", header_bytes,
                kMaxHeaderBytes);
  }
  const json header = parse_header(reader.text(header_bytes));
  const auto data = reader.take(reader.left());
  std::vector<Entry> entries;
  for (const auto& [key, value] : header.items()) {
    if (key == kMetadata) {
      check_metadata(value);
    } else {
      // Not shortened; see state_dict.cpp.
      entries.push_back(read_entry(stapes::printable(key), value, data.size()));
    }
  }
  check_places(entries, data.size());

  StateDict state;
  for (const Entry& entry : entries) {
    if (entry.dtype->to_float == nullptr) {
      if (is_step_counter(entry.name)) continue;
      throw Error("tensor {} holds {}; expected floating-point weights", entry.name, entry.dtype->name);
    }
    if (!state.tensors.emplace(entry.name, read_tensor(entry, data)).second)
      throw Error("tensor {} occurs twice", entry.name);
    state.order.push_back(entry.name);
  }
  return state;
}

}  // namespace stapes::imports
