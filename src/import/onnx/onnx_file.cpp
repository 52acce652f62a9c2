// SPDX-License-Identifier: Apache-2.0
#include "import/onnx/onnx_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/number.h"
#include "base/text.h"
#include "import/onnx/onnx.pb.h"

namespace stapes {
namespace {
namespace fs = std::filesystem;

constexpr std::uint64_t kMaxOnnxBytes = std::uint64_t{1} << 28;
constexpr std::int64_t kMaxTensorElements = std::int64_t{1} << 26;
constexpr int kMaxOnnxNodes = 10000, kMaxOnnxRank = 8, kMaxListed = 1024;
constexpr std::size_t kLongestOnnxName = 500;
constexpr std::int64_t kOldestOpset = 9, kNewestOpset = 26;

std::string tidy(const std::string& text) { return printable(text).substr(0, kLongestOnnxName); }

OnnxType type_of(std::int32_t type) {
  switch (type) {
    case onnx::TensorProto::FLOAT:
      return OnnxType::kFloat;
    case onnx::TensorProto::INT8:
      return OnnxType::kInt8;
    case onnx::TensorProto::UINT8:
      return OnnxType::kUint8;
    case onnx::TensorProto::INT32:
      return OnnxType::kInt32;
    case onnx::TensorProto::INT64:
      return OnnxType::kInt64;
    case onnx::TensorProto::BOOL:
      return OnnxType::kBool;
    default:
      return OnnxType::kOther;
  }
}

std::size_t bytes_of(OnnxType type) {
  switch (type) {
    case OnnxType::kFloat:
    case OnnxType::kInt32:
      return 4;
    case OnnxType::kInt64:
      return 8;
    default:
      return 1;
  }
}

template <class To>
void append_raw(std::span<const std::byte> bytes, auto& values) {
  for (std::size_t at = 0; at + sizeof(To) <= bytes.size(); at += sizeof(To)) {
    To value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    values.push_back(value);
  }
}

void take_raw(std::span<const std::byte> bytes, OnnxTensor& tensor) {
  const auto count = static_cast<std::uint64_t>(tensor.elements());
  if (bytes.size() != count * bytes_of(tensor.type)) {
    throw Error("{} bytes of data do not match the shape {}", bytes.size(), shape_text(tensor.shape));
  }
  switch (tensor.type) {
    case OnnxType::kFloat:
      return append_raw<float>(bytes, tensor.reals);
    case OnnxType::kInt8:
      return append_raw<std::int8_t>(bytes, tensor.integers);
    case OnnxType::kInt32:
      return append_raw<std::int32_t>(bytes, tensor.integers);
    case OnnxType::kInt64:
      return append_raw<std::int64_t>(bytes, tensor.integers);
    default:
      return append_raw<std::uint8_t>(bytes, tensor.integers);
  }
}

std::uint64_t place_in_file(const std::string& key, const std::string& text) {
  const std::optional<std::uint64_t> number = number_in<std::uint64_t>(text);
  if (!number) throw Error("invalid {} '{}' of its external data; expected a non-negative integer", key, tidy(text));
  return *number;
}

// Where a separate file stores a constant.
struct ExternalPlace {
  std::string location;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
};

ExternalPlace external_place(const onnx::TensorProto& from) {
  ExternalPlace place;
  for (const auto& entry : from.external_data()) {
    if (entry.key() == "location") place.location = entry.value();
    if (entry.key() == "offset") place.offset = place_in_file(entry.key(), entry.value());
    if (entry.key() == "length") place.length = place_in_file(entry.key(), entry.value());
  }
  return place;
}

// Throws Error unless the file is inside `folder` after resolving links.
fs::path path_inside(const fs::path& folder, const std::string& location) {
  const fs::path relative(location);
  const bool climbs = std::ranges::find(relative, fs::path("..")) != relative.end();
  if (location.empty()) throw Error("its data is in another file, which is not named; export the model again");
  if (folder.empty()) throw Error("its data is in '{}', but the model was read without a folder", tidy(location));
  if (location.find('\0') != location.npos)
    throw Error("its data is in '{}', which is not a file name", tidy(location));
  if (relative.is_absolute() || climbs) {
    throw Error("its data is in '{}', outside the folder of the file", tidy(location));
  }
  std::error_code problem;
  const fs::path home = fs::canonical(folder, problem), found = fs::canonical(folder / relative, problem);
  if (problem) throw Error("its data is in '{}', which cannot be read: {}", tidy(location), problem.message());
  const auto [end, unused] = std::mismatch(home.begin(), home.end(), found.begin(), found.end());
  if (end != home.end()) throw Error("its data is in '{}', outside the folder of the file", tidy(location));
  return found;
}

std::vector<std::byte> external_bytes(const onnx::TensorProto& from, std::size_t wanted, const fs::path& folder) {
  const ExternalPlace place = external_place(from);
  const InputFile file(path_inside(folder, place.location));
  if (place.length.value_or(wanted) != wanted)
    throw Error("external data of {} bytes; expected {}", *place.length, wanted);
  if (place.offset > file.size_bytes() || wanted > file.size_bytes() - place.offset) {
    throw Error("its data extends beyond the end of '{}'", tidy(place.location));
  }
  std::vector<std::byte> bytes(wanted);
  file.read_at(place.offset, bytes);
  return bytes;
}

class OnnxReader {
 public:
  explicit OnnxReader(fs::path folder) : folder_(std::move(folder)) {}

  OnnxGraph read(const onnx::ModelProto& model) {
    read_opset(model);
    if (model.functions_size() > 0)
      throw Error("it defines the function '{}'; functions are not supported", tidy(model.functions(0).name()));
    const onnx::GraphProto& graph = model.graph();
    if (graph.sparse_initializer_size() > 0) throw Error("sparse constants; expected dense ones");
    if (graph.node_size() == 0) throw Error("the graph has no nodes");
    if (graph.node_size() > kMaxOnnxNodes)
      throw Error("{} nodes; expected at most {}", graph.node_size(), kMaxOnnxNodes);
    for (const auto& tensor : graph.initializer()) {
      if (!graph_.constants.emplace(tidy(tensor.name()), read_tensor(tensor)).second) {
        throw Error("two constants are named '{}'", tidy(tensor.name()));
      }
    }
    for (const auto& input : graph.input()) read_input(input);
    for (const auto& node : graph.node()) read_node(node);
    for (const auto& output : graph.output()) graph_.outputs.push_back(tidy(output.name()));
    for (const auto& entry : model.metadata_props()) graph_.metadata[entry.key()] = entry.value();
    return std::move(graph_);
  }

 private:
  void read_opset(const onnx::ModelProto& model) {
    if (!model.has_graph()) throw Error("the model has no graph");
    for (const auto& set : model.opset_import()) {
      if (set.domain().empty() || set.domain() == "ai.onnx") graph_.opset = set.version();
    }
    if (graph_.opset < kOldestOpset || graph_.opset > kNewestOpset) {
      throw Error("opset {}; expected {} to {}: export again with opset_version=17", graph_.opset, kOldestOpset,
                  kNewestOpset);
    }
  }

  OnnxTensor read_tensor(const onnx::TensorProto& from) {
    try {
      OnnxTensor tensor{.type = type_of(from.data_type()), .shape = {}, .reals = {}, .integers = {}};
      if (from.dims_size() > kMaxOnnxRank)
        throw Error("{} dimensions; expected at most {}", from.dims_size(), kMaxOnnxRank);
      std::int64_t elements = 1;
      for (const std::int64_t size : from.dims()) {
        if (size < 0 || size > kMaxTensorElements)
          throw Error("a dimension of {}; expected 0 to {}", size, kMaxTensorElements);
        elements *= size;
        if (elements > kMaxTensorElements) throw Error("more than {} elements", kMaxTensorElements);
        tensor.shape.push_back(size);
      }
      elements_ += elements;
      if (elements_ > kMaxTensorElements)
        throw Error("more than {} elements in all constants together", kMaxTensorElements);
      if (tensor.type == OnnxType::kOther)
        throw Error("data type {}; expected float32, int8, uint8, int32, int64 or bool", from.data_type());
      read_values(from, tensor);
      return tensor;
    } catch (const Error& error) {
      throw Error("constant '{}': {}", tidy(from.name()), error.what());
    }
  }

  void read_values(const onnx::TensorProto& from, OnnxTensor& tensor) const {
    const auto count = static_cast<std::size_t>(tensor.elements());
    if (from.data_location() == onnx::TensorProto::EXTERNAL) {
      return take_raw(external_bytes(from, count * bytes_of(tensor.type), folder_), tensor);
    }
    if (from.has_raw_data()) return take_raw(std::as_bytes(std::span(from.raw_data())), tensor);
    if (tensor.is_real()) {
      tensor.reals.assign(from.float_data().begin(), from.float_data().end());
    } else if (tensor.type == OnnxType::kInt64) {
      tensor.integers.assign(from.int64_data().begin(), from.int64_data().end());
    } else {
      tensor.integers.assign(from.int32_data().begin(), from.int32_data().end());
    }
    const std::size_t found = tensor.is_real() ? tensor.reals.size() : tensor.integers.size();
    if (found != count) throw Error("{} values do not match the shape {}", found, shape_text(tensor.shape));
    const bool bytes = tensor.type == OnnxType::kInt8 || tensor.type == OnnxType::kUint8;
    const int low = tensor.type == OnnxType::kInt8 ? -128 : 0;
    const auto fits = [&](std::int64_t value) { return value >= low && value <= low + 255; };
    if (bytes && !std::ranges::all_of(tensor.integers, fits)) throw Error("a value outside the range of its type");
  }

  void read_input(const onnx::ValueInfoProto& from) {
    OnnxInput input{.name = tidy(from.name()), .type = OnnxType::kOther, .shape = {}};
    if (graph_.constants.contains(input.name)) return;  // files older than IR version 4 also list constants as inputs
    const auto& type = from.type().tensor_type();
    if (from.type().has_tensor_type()) input.type = type_of(type.elem_type());
    if (type.shape().dim_size() > kMaxOnnxRank)
      throw Error("an input of {} dimensions; expected at most {}", type.shape().dim_size(), kMaxOnnxRank);
    for (const auto& dim : type.shape().dim()) {
      if (dim.has_dim_value() && (dim.dim_value() < 1 || dim.dim_value() > kMaxTensorElements)) {
        throw Error("input '{}' has a dimension of {}; expected 1 to {}", input.name, dim.dim_value(),
                    kMaxTensorElements);
      }
      input.shape.push_back({dim.has_dim_value() ? dim.dim_value() : 0, tidy(dim.dim_param())});
    }
    graph_.inputs.push_back(std::move(input));
  }

  OnnxAttribute read_attribute(const onnx::AttributeProto& from) {
    OnnxAttribute attribute{.i = from.i(), .f = from.f(), .s = tidy(from.s()), .ints = {}, .floats = {}, .tensor = {}};
    if (from.ints_size() > kMaxListed || from.floats_size() > kMaxListed) {
      throw Error("attribute '{}' has more than {} values", tidy(from.name()), kMaxListed);
    }
    attribute.ints.assign(from.ints().begin(), from.ints().end());
    attribute.floats.assign(from.floats().begin(), from.floats().end());
    if (from.has_t()) attribute.tensor = read_tensor(from.t());
    return attribute;
  }

  void read_node(const onnx::NodeProto& from) {
    OnnxNode node{.name = tidy(from.name()),
                  .op = tidy(from.op_type()),
                  .domain = tidy(from.domain()),
                  .inputs = {},
                  .outputs = {},
                  .attributes = {}};
    if (node.domain == "ai.onnx") node.domain.clear();
    if (node.name.empty()) node.name = fmt::format("{}#{}", node.op, graph_.nodes.size());
    try {
      if (from.input_size() > kMaxListed || from.output_size() > kMaxListed || from.attribute_size() > kMaxListed) {
        throw Error("more than {} inputs, outputs or attributes", kMaxListed);
      }
      for (const auto& name : from.input()) node.inputs.push_back(tidy(name));
      for (const auto& name : from.output()) node.outputs.push_back(tidy(name));
      for (const auto& attribute : from.attribute()) {
        node.has_graphs = node.has_graphs || attribute.has_g() || attribute.graphs_size() > 0;
        node.attributes[tidy(attribute.name())] = read_attribute(attribute);
      }
    } catch (const Error& error) {
      throw Error("node {}: {}", node.name, error.what());
    }
    graph_.nodes.push_back(std::move(node));
  }

  fs::path folder_;
  OnnxGraph graph_;
  std::int64_t elements_ = 0;  // of all constants
};

}  // namespace

std::int64_t OnnxTensor::elements() const {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

std::int64_t OnnxNode::int_or(const std::string& name, std::int64_t otherwise) const {
  const auto found = attributes.find(name);
  return found == attributes.end() ? otherwise : found->second.i;
}

float OnnxNode::float_or(const std::string& name, float otherwise) const {
  const auto found = attributes.find(name);
  return found == attributes.end() ? otherwise : found->second.f;
}

std::string OnnxNode::text_or(const std::string& name, const std::string& otherwise) const {
  const auto found = attributes.find(name);
  return found == attributes.end() ? otherwise : found->second.s;
}

std::vector<std::int64_t> OnnxNode::ints_or(const std::string& name, std::vector<std::int64_t> otherwise) const {
  const auto found = attributes.find(name);
  return found == attributes.end() ? std::move(otherwise) : found->second.ints;
}

const std::string& OnnxNode::input(std::size_t index) const {
  static const std::string kLeftOut;
  return index < inputs.size() ? inputs[index] : kLeftOut;
}

OnnxGraph read_onnx(std::span<const std::byte> bytes, const std::string& name, const fs::path& folder) try {
  onnx::ModelProto model;
  if (bytes.size() > kMaxOnnxBytes) throw Error("{} bytes; expected at most {}", bytes.size(), kMaxOnnxBytes);
  if (!model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || model.ir_version() == 0) {
    throw Error("not an ONNX model, or a damaged or truncated one");
  }
  return OnnxReader(folder).read(model);
} catch (const Error& error) {
  throw Error("{}: {}", name, error.what());
}

OnnxGraph read_onnx(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  return read_onnx(read_file(path, kMaxOnnxBytes), path.string(), folder);
}

}  // namespace stapes
