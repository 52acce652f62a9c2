// SPDX-License-Identifier: Apache-2.0
#include "import/onnx/onnx_constants.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/error.h"
#include "import/onnx/onnx_views.h"

namespace stapes {
namespace {

constexpr std::array<std::string_view, 17> kFolded = {
    "DequantizeLinear", "ConstantOfShape", "Constant", "Identity", "Cast", "Gather", "Concat", "Slice",    "Unsqueeze",
    "Squeeze",          "Reshape",         "Add",      "Sub",      "Mul",  "Div",    "Neg",    "Transpose"};
constexpr std::int64_t kMaxCombined = 1 << 20;  // elements of results that are computed, not copied

using Inputs = std::vector<const OnnxTensor*>;

const OnnxTensor& given(const Inputs& inputs, std::size_t index) {
  if (index >= inputs.size() || inputs[index] == nullptr) throw Error("input {} is missing", index);
  return *inputs[index];
}

const std::vector<std::int64_t>& list_of(const OnnxTensor& tensor) {
  if (tensor.is_real() || tensor.shape.size() > 1) throw Error("an input is not a list of integers");
  return tensor.integers;
}

OnnxTensor value_of(const OnnxNode& node) {
  if (const auto found = node.attributes.find("value"); found != node.attributes.end() && found->second.tensor) {
    return *found->second.tensor;
  }
  if (node.has("value_ints")) return list_tensor(node.ints_or("value_ints", {}));
  OnnxTensor tensor;
  if (node.has("value_int")) {
    tensor.type = OnnxType::kInt64;
    tensor.integers = {node.int_or("value_int", 0)};
  } else if (node.has("value_float")) {
    tensor.reals = {node.float_or("value_float", 0)};
  } else if (node.has("value_floats")) {
    tensor.reals = node.attributes.at("value_floats").floats;
    tensor.shape = {static_cast<std::int64_t>(tensor.reals.size())};
  } else {
    throw Error("unsupported constant; expected numbers");
  }
  return tensor;
}

OnnxTensor cast(const OnnxTensor& from, std::int64_t type) {
  constexpr std::int64_t kToFloat = 1, kToInt32 = 6, kToInt64 = 7;  // TensorProto.DataType
  OnnxTensor to{.type = OnnxType::kFloat, .shape = from.shape, .reals = {}, .integers = {}};
  if (type == kToFloat) {
    if (from.is_real()) return from;
    for (const std::int64_t value : from.integers) to.reals.push_back(static_cast<float>(value));
    return to;
  }
  if (type != kToInt64 && type != kToInt32) throw Error("unsupported cast to data type {}", type);
  to.type = type == kToInt64 ? OnnxType::kInt64 : OnnxType::kInt32;
  to.integers = from.integers;
  for (const float value : from.reals) {
    if (!(std::abs(value) < 1e9f)) throw Error("cannot cast {} to an integer", value);
    to.integers.push_back(static_cast<std::int64_t>(value));
  }
  return to;
}

OnnxTensor gather(const OnnxTensor& from, const OnnxTensor& indices, std::int64_t dim) {
  const std::vector<std::int64_t>& list = list_of(from);
  if (from.shape.size() != 1 || (dim != 0 && dim != -1))
    throw Error("unsupported Gather; expected a list as input, and axis 0");
  OnnxTensor result{.type = from.type, .shape = indices.shape, .reals = {}, .integers = {}};
  if (indices.is_real()) throw Error("the indices are not integers");
  for (const std::int64_t index : indices.integers) result.integers.push_back(list[dimension_of(index, list.size())]);
  return result;
}

OnnxTensor concat(const Inputs& inputs) {
  std::vector<std::int64_t> all;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::vector<std::int64_t>& list = list_of(given(inputs, i));
    all.insert(all.end(), list.begin(), list.end());
    if (static_cast<std::int64_t>(all.size()) > kMaxCombined)
      throw Error("the result has more than {} numbers", kMaxCombined);
  }
  return list_tensor(std::move(all));
}

OnnxTensor filled(const OnnxNode& node, const OnnxTensor& shape) {
  OnnxTensor result;
  if (const auto found = node.attributes.find("value"); found != node.attributes.end() && found->second.tensor) {
    result = *found->second.tensor;
  } else {
    result.reals = {0};
  }
  if (result.reals.size() + result.integers.size() != 1) throw Error("the value is not a single number");
  result.shape = list_of(shape);
  std::int64_t count = 1;
  for (const std::int64_t size : result.shape) {
    if (size < 0 || size > kMaxCombined || (count *= size) > kMaxCombined)
      throw Error("unsupported shape {}", shape_text(result.shape));
  }
  if (result.is_real()) {
    result.reals.resize(static_cast<std::size_t>(count), result.reals.front());
  } else {
    result.integers.resize(static_cast<std::size_t>(count), result.integers.front());
  }
  return result;
}

OnnxTensor slice(const Inputs& inputs) {
  const OnnxTensor& from = given(inputs, 0);
  if (from.is_real()) throw Error("slices a constant of floating-point numbers; expected integers");
  const auto number = [&](std::size_t index, std::int64_t otherwise) {
    if (index >= inputs.size() || inputs[index] == nullptr) return otherwise;
    const std::vector<std::int64_t>& values = list_of(*inputs[index]);
    if (values.size() != 1) throw Error("expected a slice along one dimension");
    return values.front();
  };
  const std::size_t dim = dimension_of(number(3, 0), from.shape.size());
  const std::int64_t count = from.shape[dim], step = number(4, 1), back = step < 0 ? 1 : 0;
  if (step == 0 || std::abs(step) > kMaxCombined) throw Error("unsupported slice step {}", step);
  const auto inside = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 && at >= -count ? at + count : at, -back, count - back);
  };
  std::int64_t inner = 1;
  for (std::size_t i = dim + 1; i < from.shape.size(); ++i) inner *= from.shape[i];
  OnnxTensor result{.type = from.type, .shape = from.shape, .reals = {}, .integers = {}};
  const std::int64_t first = inside(number(1, 0)), end = inside(number(2, count));
  result.shape[dim] =
      std::max<std::int64_t>(0, step > 0 ? (end - first + step - 1) / step : (first - end - step - 1) / -step);
  const std::int64_t outer = from.elements() == 0 ? 0 : from.elements() / (count * inner);
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t n = 0; n < result.shape[dim]; ++n) {
      const auto place = from.integers.begin() + (o * count + first + n * step) * inner;
      result.integers.insert(result.integers.end(), place, place + inner);
    }
  }
  return result;
}

OnnxTensor with_shape(const OnnxTensor& from, std::vector<std::int64_t> shape) {
  OnnxTensor result = from;
  result.shape = std::move(shape);
  if (result.elements() != from.elements())
    throw Error("cannot reshape {} to {}", shape_text(from.shape), shape_text(result.shape));
  return result;
}

// For each element of the permuted tensor, its index in a tensor of `shape`.
std::vector<std::size_t> permuted_places(const std::vector<std::int64_t>& shape,
                                         const std::vector<std::int64_t>& order) {
  const std::size_t rank = shape.size();
  std::vector<std::int64_t> strides(rank, 1), index(rank);
  for (std::size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  std::vector<std::size_t> places;
  places.reserve(static_cast<std::size_t>(count));
  for (std::int64_t n = 0; n < count; ++n) {
    std::int64_t place = 0;
    for (std::size_t i = 0; i < rank; ++i) place += index[i] * strides[static_cast<std::size_t>(order[i])];
    places.push_back(static_cast<std::size_t>(place));
    for (std::size_t i = rank; i-- > 0;) {
      if (++index[i] < shape[static_cast<std::size_t>(order[i])]) break;
      index[i] = 0;
    }
  }
  return places;
}

OnnxTensor transpose(const OnnxNode& node, const OnnxTensor& from) {
  const std::size_t rank = from.shape.size();
  std::vector<std::int64_t> order = node.ints_or("perm", {});
  if (order.empty()) {
    for (std::size_t i = rank; i-- > 0;) order.push_back(static_cast<std::int64_t>(i));
  }
  std::vector<std::int64_t> sorted = order;
  std::ranges::sort(sorted);
  bool complete = sorted.size() == rank;
  for (std::size_t i = 0; complete && i < rank; ++i) complete = sorted[i] == static_cast<std::int64_t>(i);
  if (!complete)
    throw Error("perm, of length {}, is not a permutation of the dimensions of {}", order.size(),
                shape_text(from.shape));
  OnnxTensor to{.type = from.type, .shape = {}, .reals = {}, .integers = {}, .scales = from.scales};
  to.axis = static_cast<std::size_t>(std::ranges::find(order, static_cast<std::int64_t>(from.axis)) - order.begin());
  for (const std::int64_t dim : order) to.shape.push_back(from.shape[static_cast<std::size_t>(dim)]);
  for (const std::size_t place : permuted_places(from.shape, order)) {
    if (from.is_real()) {
      to.reals.push_back(from.reals[place]);
    } else {
      to.integers.push_back(from.integers[place]);
    }
  }
  return to;
}

// The integers minus the zero point, with their scales.
OnnxTensor dequantized(const OnnxNode& node, const Inputs& inputs) {
  OnnxTensor result = given(inputs, 0);
  const OnnxTensor& scale = given(inputs, 1);
  if (result.is_real() || !scale.is_real()) throw Error("expected integer values and floating-point scales");
  result.scales = scale.reals;
  const std::size_t count = result.scales.size();
  if (scale.shape.size() > 1)
    throw Error("scales of shape {}; expected at most one dimension", shape_text(scale.shape));
  result.axis = count == 1 ? 0 : dimension_of(node.int_or("axis", 1), result.shape.size());
  if (count != 1 && static_cast<std::int64_t>(count) != result.shape[result.axis]) {
    throw Error("{} scales do not fit dimension {} of {}", count, result.axis, shape_text(result.shape));
  }
  if (!std::ranges::all_of(result.scales, [](float s) { return std::isfinite(s) && s >= 0; })) {
    throw Error("a scale is negative or not finite");
  }
  if (inputs.size() < 3 || inputs[2] == nullptr) return result;
  if (inputs[2]->is_real()) throw Error("the zero points are floating-point numbers; expected integers");
  const std::vector<std::int64_t>& zeros = inputs[2]->integers;
  if (zeros.empty()) throw Error("the input of zero points is empty; expected one or more values, or no such input");
  if (std::ranges::any_of(zeros, [&](std::int64_t z) { return z != zeros.front(); })) {
    throw Error("the zero points differ; all must be equal");
  }
  for (std::int64_t& value : result.integers) value -= zeros.front();
  return result;
}

std::int64_t whole_result(char op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  const bool lost = op == '+'   ? __builtin_add_overflow(a, b, &result)
                    : op == '-' ? __builtin_sub_overflow(a, b, &result)
                    : op == '*' ? __builtin_mul_overflow(a, b, &result)
                                : b == 0 || (b == -1 && a == std::numeric_limits<std::int64_t>::min());
  if (lost) throw Error("{} {} {} {}", a, op, b, op == '/' && b == 0 ? "divides by zero" : "overflows 64 bits");
  return op == '/' ? a / b : result;
}

float real_result(char op, float a, float b) {
  return op == '+' ? a + b : op == '-' ? a - b : op == '*' ? a * b : a / b;
}

// Operands have equal shapes, or one has a single element.
OnnxTensor arithmetic(char op, const OnnxTensor& a, const OnnxTensor& b) {
  const std::int64_t count = std::max(a.elements(), b.elements());
  const bool fits = a.shape == b.shape || a.elements() == 1 || b.elements() == 1;
  if (a.type != b.type || !fits || a.elements() == 0 || b.elements() == 0 || count > kMaxCombined) {
    throw Error("operands of shapes {} and {}; expected the same type and shape, or one of them with a single element",
                shape_text(a.shape), shape_text(b.shape));
  }
  const bool first = a.elements() == count && a.shape.size() >= b.shape.size();
  OnnxTensor result{.type = a.type, .shape = first ? a.shape : b.shape, .reals = {}, .integers = {}};
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const std::size_t at_a = a.elements() == 1 ? 0 : i, at_b = b.elements() == 1 ? 0 : i;
    if (a.is_real()) {
      result.reals.push_back(real_result(op, a.reals[at_a], b.reals[at_b]));
    } else {
      result.integers.push_back(whole_result(op, a.integers[at_a], b.integers[at_b]));
    }
  }
  return result;
}

std::vector<std::int64_t> dims_of(const OnnxNode& node, const Inputs& inputs) {
  if (node.has("axes")) return node.ints_or("axes", {});
  return inputs.size() > 1 && inputs[1] != nullptr ? list_of(*inputs[1]) : std::vector<std::int64_t>{};
}

}  // namespace

OnnxTensor list_tensor(std::vector<std::int64_t> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return {.type = OnnxType::kInt64, .shape = {count}, .reals = {}, .integers = std::move(values)};
}

bool folds(const OnnxNode& node) { return std::ranges::find(kFolded, node.op) != kFolded.end(); }

OnnxTensor constant_of(const OnnxNode& node, const Inputs& inputs, std::int64_t opset) {
  if (node.op == "Constant") return value_of(node);
  const OnnxTensor& first = given(inputs, 0);
  if (node.op == "Identity") return first;
  if (first.is_quantized() && node.op != "Transpose")
    throw Error("reads a quantized constant; expected an unquantized one");
  if (node.op == "Cast") return cast(first, node.int_or("to", 0));
  if (node.op == "Gather") return gather(first, given(inputs, 1), node.int_or("axis", 0));
  if (node.op == "DequantizeLinear") return dequantized(node, inputs);
  if (node.op == "Concat") return concat(inputs);
  if (node.op == "ConstantOfShape") return filled(node, first);
  if (node.op == "Slice") {
    if (opset < 10)
      throw Error("Slice of opset {}; expected opset 10 or later: export again with opset_version=17", opset);
    return slice(inputs);
  }
  if (node.op == "Unsqueeze") return with_shape(first, unsqueezed_shape(first.shape, dims_of(node, inputs)));
  if (node.op == "Squeeze") return with_shape(first, squeezed_shape(first.shape, dims_of(node, inputs)));
  if (node.op == "Reshape") {
    return with_shape(first, reshape_target(first.shape, list_of(given(inputs, 1)), node.int_or("allowzero", 0) != 0));
  }
  if (node.op == "Transpose") return transpose(node, first);
  if (node.op == "Neg") return arithmetic('-', arithmetic('-', first, first), first);
  const char op = node.op == "Add" ? '+' : node.op == "Sub" ? '-' : node.op == "Mul" ? '*' : '/';
  return arithmetic(op, first, given(inputs, 1));
}

}  // namespace stapes
