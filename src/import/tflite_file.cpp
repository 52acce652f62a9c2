// SPDX-License-Identifier: Apache-2.0
#include "import/tflite_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/files.h"

namespace stapes {
namespace {

constexpr std::uint64_t kMaxFileBytes = (std::uint64_t{1} << 31) - 2;  // of a FlatBuffer
constexpr std::int64_t kMaxTfliteElements = std::int64_t{1} << 27;
constexpr std::size_t kMaxRank = 8, kMaxTfliteTensors = 10000, kMaxOperators = 10000, kLongestName = 200;
constexpr std::size_t kMaxOperands = 16, kMaxScales = std::size_t{1} << 22;  // lists are copied, even shared ones
constexpr std::uint32_t kVersion = 3;

// 0: a type that no supported operator uses.
std::size_t element_bytes(tflite::TensorType type) {
  switch (type) {
    case tflite::TensorType::INT8:
    case tflite::TensorType::UINT8:
      return 1;
    case tflite::TensorType::INT16:
      return 2;
    case tflite::TensorType::INT32:
    case tflite::TensorType::FLOAT32:
      return 4;
    case tflite::TensorType::INT64:
      return 8;
    default:
      return 0;
  }
}

template <class Vector>
std::size_t count_of(const Vector* vector) {
  return vector == nullptr ? 0 : vector->size();
}

// For messages: shortened, without control characters.
std::string plain(const flatbuffers::String* text) {
  std::string result;
  if (text == nullptr) return result;
  for (const char c : text->string_view().substr(0, kLongestName)) {
    result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '_' : c;
  }
  return result;
}

// The verifier checks the alignment of the vector's length, not of its 64-bit elements.
std::int64_t int64_at(const flatbuffers::Vector<std::int64_t>& vector, std::uint32_t index) {
  std::int64_t value;
  std::memcpy(&value, vector.Data() + std::size_t{index} * sizeof value, sizeof value);
  return value;
}

void read_quantization(const tflite::QuantizationParameters& from, TfliteTensor& tensor) {
  const std::size_t count = count_of(from.scale());
  if (count_of(from.zero_point()) != count)
    throw Error("the number of scales, {}, differs from the number of zero points, {}", count,
                count_of(from.zero_point()));
  if (count == 0) return;
  tensor.quantized_axis = from.quantized_dimension();
  if (count > 1) {
    const bool axis_exists =
        tensor.quantized_axis >= 0 && tensor.quantized_axis < static_cast<int>(tensor.shape.size());
    if (!axis_exists ||
        static_cast<std::size_t>(tensor.shape[static_cast<std::size_t>(tensor.quantized_axis)]) != count) {
      throw Error("{} scales do not fit axis {} of {}", count, tensor.quantized_axis, tensor.shape_text());
    }
  }
  const bool unsigned_type = tensor.type == tflite::TensorType::UINT8;
  const std::int64_t low = unsigned_type ? 0 : -128, high = unsigned_type ? 255 : 127;
  const bool bytes = unsigned_type || tensor.type == tflite::TensorType::INT8;
  for (std::uint32_t i = 0; i < count; ++i) {
    const float scale = from.scale()->Get(i);
    const std::int64_t zero_point = int64_at(*from.zero_point(), i);
    if (!std::isfinite(scale) || scale < 0) throw Error("scale {} is negative or not finite", scale);
    if (bytes ? zero_point < low || zero_point > high : zero_point != 0) {
      throw Error("zero point {} is out of range", zero_point);
    }
    tensor.scale.push_back(scale);
    tensor.zero_point.push_back(static_cast<int>(zero_point));
  }
}

}  // namespace

std::int64_t TfliteTensor::elements() const {
  std::int64_t count = 1;
  for (const int size : shape) count *= size;
  return count;
}

std::string TfliteTensor::shape_text() const {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

void TfliteOperator::missing_options() const { throw Error("{} lacks the options that this operator requires", name); }

TfliteFile::TfliteFile(const std::filesystem::path& path) : bytes_(read_file(path, kMaxFileBytes)) {
  read(path.string());
}

TfliteFile::TfliteFile(std::vector<std::byte> bytes, const std::string& name) : bytes_(std::move(bytes)) { read(name); }

void TfliteFile::read(const std::string& name) try {
  const auto* const start = reinterpret_cast<const std::uint8_t*>(bytes_.data());
  if (bytes_.size() < 8 || !tflite::ModelBufferHasIdentifier(start)) throw Error("not a TensorFlow Lite model");
  flatbuffers::Verifier verifier(start, bytes_.size());
  if (!tflite::VerifyModelBuffer(verifier)) throw Error("a damaged or truncated TensorFlow Lite model");
  const tflite::Model& model = *tflite::GetModel(start);
  if (model.version() != kVersion) throw Error("schema version {}; expected {}", model.version(), kVersion);
  if (count_of(model.subgraphs()) != 1) throw Error("{} subgraphs; expected one", count_of(model.subgraphs()));
  const tflite::SubGraph& graph = *model.subgraphs()->Get(0);
  if (count_of(graph.tensors()) > kMaxTfliteTensors || count_of(graph.operators()) > kMaxOperators) {
    throw Error("{} tensors and {} operators; expected at most {} of each", count_of(graph.tensors()),
                count_of(graph.operators()), kMaxTfliteTensors);
  }
  for (std::uint32_t i = 0; i < count_of(graph.tensors()); ++i) {
    try {
      read_tensor(model, *graph.tensors()->Get(i));
    } catch (const Error& error) {
      throw Error("tensor {}: {}", i, error.what());
    }
  }
  for (std::uint32_t i = 0; i < count_of(graph.operators()); ++i) {
    try {
      read_operator(model, *graph.operators()->Get(i));
    } catch (const Error& error) {
      throw Error("operator {}: {}", i, error.what());
    }
  }
  inputs_ = tensor_list(graph.inputs(), false);
  outputs_ = tensor_list(graph.outputs(), false);
} catch (const Error& error) {
  throw Error("{}: {}", name, error.what());
}

void TfliteFile::read_tensor(const tflite::Model& model, const tflite::Tensor& from) {
  TfliteTensor tensor;
  tensor.name = plain(from.name());
  tensor.type = from.type();
  if (count_of(from.shape()) > kMaxRank)
    throw Error("{} dimensions; expected at most {}", from.shape()->size(), kMaxRank);
  std::int64_t elements = 1;
  for (std::uint32_t i = 0; i < count_of(from.shape()); ++i) {
    const std::int32_t size = from.shape()->Get(i);
    if (size < 1) throw Error("a dimension of {}; sizes must be fixed and at least 1", size);
    elements *= size;
    if (elements > kMaxTfliteElements) throw Error("more than {} elements", kMaxTfliteElements);
    tensor.shape.push_back(size);
  }
  if (from.quantization() != nullptr) {
    scales_ += count_of(from.quantization()->scale());
    if (scales_ > kMaxScales) throw Error("more than {} scales in total", kMaxScales);
    read_quantization(*from.quantization(), tensor);
  }
  tensor.data = buffer(model, from.buffer());
  const std::size_t width = element_bytes(tensor.type);
  if (!tensor.data.empty() && width > 0 && tensor.data.size() != static_cast<std::size_t>(elements) * width) {
    throw Error("{} bytes of data do not match the shape {}", tensor.data.size(), tensor.shape_text());
  }
  tensors_.push_back(std::move(tensor));
}

// Large files store buffers after the FlatBuffer, by offset.
std::span<const std::byte> TfliteFile::buffer(const tflite::Model& model, std::uint32_t index) const {
  if (index >= count_of(model.buffers())) throw Error("buffer {} does not exist", index);
  const tflite::Buffer& buffer = *model.buffers()->Get(index);
  if (buffer.offset() > 1) {
    if (buffer.offset() > bytes_.size() || buffer.size() > bytes_.size() - buffer.offset()) {
      throw Error("buffer {} is outside the file", index);
    }
    return std::span(bytes_).subspan(static_cast<std::size_t>(buffer.offset()),
                                     static_cast<std::size_t>(buffer.size()));
  }
  if (buffer.data() == nullptr) return {};
  return std::as_bytes(std::span(buffer.data()->data(), buffer.data()->size()));
}

void TfliteFile::read_operator(const tflite::Model& model, const tflite::Operator& from) {
  if (from.opcode_index() >= count_of(model.operator_codes()))
    throw Error("operator code {} does not exist", from.opcode_index());
  const tflite::OperatorCode& code = *model.operator_codes()->Get(from.opcode_index());
  // The older field holds codes up to 127.
  const auto older = static_cast<tflite::BuiltinOperator>(code.deprecated_builtin_code());
  TfliteOperator op;
  op.code = std::max(code.builtin_code(), older);
  const char* const known = tflite::EnumNameBuiltinOperator(op.code);
  op.name = op.code == tflite::BuiltinOperator::CUSTOM ? "custom operator " + plain(code.custom_code())
            : *known == '\0'                           ? fmt::format("operator code {}", static_cast<int>(op.code))
                                                       : known;
  op.inputs = tensor_list(from.inputs(), true);
  op.outputs = tensor_list(from.outputs(), false);
  op.options = &from;
  operators_.push_back(std::move(op));
}

std::vector<int> TfliteFile::tensor_list(const flatbuffers::Vector<std::int32_t>* from, bool may_be_absent) const {
  if (count_of(from) > kMaxOperands)
    throw Error("{} inputs or outputs; expected at most {}", from->size(), kMaxOperands);
  std::vector<int> list;
  for (std::uint32_t i = 0; i < count_of(from); ++i) {
    const std::int32_t index = from->Get(i);
    const bool known = index >= 0 && static_cast<std::size_t>(index) < tensors_.size();
    if (!known && !(may_be_absent && index == -1)) throw Error("tensor {} does not exist", index);
    list.push_back(index);
  }
  return list;
}

}  // namespace stapes
