// SPDX-License-Identifier: Apache-2.0
#include "import/tflite_views.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace stapes {
namespace {

std::vector<std::int64_t> constant_list(const TfliteFile& file, const TfliteOperator& op, std::size_t which) {
  const TfliteTensor& tensor = tflite_input(file, op, which);
  const bool is_int32 = tensor.type == tflite::TensorType::INT32;
  if (!tensor.is_constant() || (!is_int32 && tensor.type != tflite::TensorType::INT64)) {
    throw Error("input {} of type {}{}; expected constant INT32 or INT64", which,
                tflite::EnumNameTensorType(tensor.type), tensor.is_constant() ? "" : " that is not constant");
  }
  std::vector<std::int64_t> values(static_cast<std::size_t>(tensor.elements()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (is_int32) {
      std::int32_t value;
      std::memcpy(&value, tensor.data.data() + i * sizeof value, sizeof value);
      values[i] = value;
    } else {
      std::memcpy(&values[i], tensor.data.data() + i * sizeof values[i], sizeof values[i]);
    }
  }
  return values;
}

void refuse_list(const char* what, const std::vector<std::int64_t>& values, const char* expected) {
  throw Error("{} {}; expected {}", what, fmt::join(values, ", "), expected);
}

// Returns each axis once. Negative axes count from the end.
std::vector<std::size_t> axes_of(const std::vector<std::int64_t>& list, std::size_t rank) {
  std::vector<std::size_t> axes;
  const auto size = static_cast<std::int64_t>(rank);
  for (const std::int64_t axis : list) {
    if (axis < -size || axis >= size) throw Error("no axis {} in a tensor of rank {}", axis, rank);
    const auto at = static_cast<std::size_t>(axis < 0 ? axis + size : axis);
    if (std::ranges::find(axes, at) == axes.end()) axes.push_back(at);
  }
  return axes;
}

// Whether `value`, a constant of the type of `in`, stands for 0.
bool is_zero_point(const TfliteTensor& value, const TfliteTensor& in) {
  if (!is_float(in)) return value.data.size() == 1 && std::to_integer<std::int8_t>(value.data[0]) == in.zero_point[0];
  float real;
  std::memcpy(&real, value.data.data(), sizeof real);
  return real == 0;
}

void check_padding_value(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteTensor &in = tflite_input(file, op), &value = tflite_input(file, op, 2);
  if (!value.is_constant() || value.elements() != 1 || value.type != in.type ||
      (!is_float(in) && in.zero_point.empty())) {
    throw Error("the padding value has shape {} and type {}; expected one constant of the input's type",
                value.shape_text(), tflite::EnumNameTensorType(value.type));
  }
  if (!is_zero_point(value, in)) throw Error("the padding value does not represent 0");
}

void check_slice(const TfliteFile& file, const TfliteOperator& op) {
  const auto& options = op.as<tflite::StridedSliceOptions>();
  const std::vector<std::int64_t> begin = constant_list(file, op, 1), strides = constant_list(file, op, 3);
  const auto starts_late = [&](std::size_t i) {
    return begin[i] != 0 && (i >= 31 || (options.begin_mask() >> i & 1) == 0);
  };
  for (std::size_t i = 0; i < begin.size(); ++i) {
    if (starts_late(i)) refuse_list("a start of", begin, "0: only a slice that covers the whole tensor is supported");
  }
  if (std::ranges::any_of(strides, [](std::int64_t s) { return s != 1; })) refuse_list("strides of", strides, "1");
}

}  // namespace

TfliteTransposition transposition_of(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteTensor &in = tflite_input(file, op), &out = tflite_output(file, op);
  const std::vector<std::int64_t> order = constant_list(file, op, 1);
  const std::vector<std::size_t> axes = axes_of(order, in.shape.size());
  if (axes.size() != in.shape.size() || order.size() != axes.size()) {
    refuse_list("permutation", order, "each axis once");
  }
  std::vector<std::size_t> moved;  // axes longer than 1, in the order of the output
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (out.shape.size() != axes.size() || out.shape[i] != in.shape[axes[i]]) {
      throw Error("outputs {}, which does not match the permutation {}", out.shape_text(), fmt::join(order, ", "));
    }
    if (in.shape[axes[i]] > 1) moved.push_back(axes[i]);
  }
  if (std::ranges::is_sorted(moved)) return {};
  // Rows and columns are swapped if the permutation is a rotation of the axes.
  const auto first = std::ranges::min_element(moved);
  std::vector<std::size_t> rotated(first, moved.end());
  rotated.insert(rotated.end(), moved.begin(), first);
  if (!std::ranges::is_sorted(rotated)) refuse_list("permutation", order, "two groups of axes that swap places");
  TfliteTransposition result{.is_view = false};
  for (auto at = first; at != moved.end(); ++at) result.rows *= in.shape[*at];
  for (auto at = moved.begin(); at != first; ++at) result.columns *= in.shape[*at];
  return result;
}

TflitePadding padding_of(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteTensor &in = tflite_input(file, op), &out = tflite_output(file, op);
  const std::vector<std::int64_t> list = constant_list(file, op, 1);
  if (in.shape.size() != 4 || out.shape.size() != 4 || list.size() != 8) {
    throw Error("padding of {} to {}; expected 4 dimensions, each with an amount before and after", in.shape_text(),
                out.shape_text());
  }
  for (std::size_t axis = 0; axis < 4; ++axis) {
    const std::int64_t before = list[2 * axis], after = list[2 * axis + 1];
    if (before < 0 || after < 0 || before > out.shape[axis] || after > out.shape[axis] ||
        in.shape[axis] + before + after != out.shape[axis]) {
      throw Error("padding of {} and {} does not turn {} into {}", before, after, in.shape_text(), out.shape_text());
    }
  }
  if (list[0] != 0 || list[1] != 0 || list[6] != 0 || list[7] != 0) {
    refuse_list("padding of", list, "height and width only");
  }
  if (op.code == tflite::BuiltinOperator::PADV2) check_padding_value(file, op);
  const auto at = [&](std::size_t i) { return static_cast<int>(list[i]); };
  return {{at(2), at(3)}, {at(4), at(5)}};
}

TflitePool mean_geometry(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteTensor& in = tflite_input(file, op);
  const TfliteShape shape = shape_of(in);
  const std::vector<std::int64_t> list = constant_list(file, op, 1);
  TflitePool pool;
  for (const std::size_t axis : axes_of(list, in.shape.size())) {
    const std::size_t from_end = in.shape.size() - axis;  // 1: channels, 2: width, 3: height
    if (from_end == 2) {
      pool.w.kernel = shape.width;
    } else if (from_end == 3 && in.shape.size() == 4) {
      pool.h.kernel = shape.height;
    } else {
      refuse_list("a mean over axes", list, "height, width or both");
    }
  }
  if (tflite_output(file, op).elements() !=
      std::int64_t{shape.height / pool.h.kernel} * (shape.width / pool.w.kernel) * shape.channels) {
    throw Error("outputs {}, which does not match its axes", tflite_output(file, op).shape_text());
  }
  return pool;
}

void check_view(const TfliteFile& file, const TfliteOperator& op) {
  const TfliteTensor &in = tflite_input(file, op), &out = tflite_output(file, op);
  if (op.code == tflite::BuiltinOperator::CONCATENATION && op.inputs.size() != 1) {
    throw Error("{} operands; only a CONCATENATION with a single operand is supported", op.inputs.size());
  }
  if (op.code == tflite::BuiltinOperator::STRIDED_SLICE) check_slice(file, op);
  if (in.elements() != out.elements()) {
    throw Error("outputs {}, which does not have the same number of values as {}", out.shape_text(), in.shape_text());
  }
}

}  // namespace stapes
