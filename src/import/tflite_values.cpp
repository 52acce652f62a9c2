// SPDX-License-Identifier: Apache-2.0
#include "import/tflite_values.h"

#include <fmt/format.h>

#include "base/error.h"

namespace stapes {
namespace {
namespace fb = packed::fb;

void set_shape(fb::TensorT& tensor, const TfliteShape& shape) {
  tensor.height = shape.height;
  tensor.width = shape.width;
  tensor.channels = shape.channels;
}

void set_type(fb::TensorT& tensor, const TfliteType& type) {
  tensor.dtype = type.dtype;
  tensor.scale = static_cast<float>(type.scale);
  tensor.zero_point = type.zero_point;
}

}  // namespace

TfliteType type_of_grid(const Int8Grid& grid) { return {fb::DType::kI8, grid.scale, grid.zero_point}; }
TfliteType type_of(const TfliteTensor& tensor) {
  return is_float(tensor) ? TfliteType{} : type_of_grid(grid_of(tensor));
}

int TfliteValues::add_tensor(const TfliteType& type, const TfliteShape& shape) {
  auto tensor = std::make_unique<fb::TensorT>();
  set_type(*tensor, type);
  set_shape(*tensor, shape);
  model_.tensors.push_back(std::move(tensor));
  return static_cast<int>(model_.tensors.size()) - 1;
}

void TfliteValues::add_input(int tensor, const TfliteType& type) {
  values_[tensor] = {add_tensor(type, shape_of(file_.tensor(tensor))), -1, {}};
}

const TfliteValue& TfliteValues::value(int tensor) const {
  const auto found = values_.find(tensor);
  if (found == values_.end()) throw Error("reads tensor {}, which no earlier operator computes", tensor);
  return found->second;
}

TfliteShape TfliteValues::stored_shape(int tensor) const {
  const fb::TensorT& stored = *model_.tensors[static_cast<std::size_t>(value(tensor).tensor)];
  return {stored.height, stored.width, stored.channels};
}

int TfliteValues::read(int tensor, const TfliteShape& shape) {
  TfliteValue found = value(tensor);
  if (found.padding != TflitePadding{}) {
    throw Error("reads the output of {} (operator {}), which only a convolution or a max-pool can read",
                file_.operators()[static_cast<std::size_t>(found.made_by)].name, found.made_by);
  }
  fb::TensorT& stored = *model_.tensors[static_cast<std::size_t>(found.tensor)];
  if (is_float(file_.tensor(tensor)) != (stored.dtype == fb::DType::kF32)) {
    throw Error("reads tensor {} as float, but the model has quantized it", tensor);
  }
  if (stored_shape(tensor) != shape) {
    if (found.tensor == 0 && !input_is_read_) {
      set_shape(stored, shape);
    } else {
      const TfliteType same{stored.dtype, double{stored.scale}, stored.zero_point};
      fb::OperatorUnion reshape;
      reshape.Set(fb::ReshapeT{});
      found.tensor = append_layer(found.made_by, "reshape", {found.tensor}, same, shape, std::move(reshape));
      values_[tensor] = found;
    }
  }
  if (found.tensor == 0) input_is_read_ = true;
  return found.tensor;
}

std::pair<int, TflitePadding> TfliteValues::read_padded(int tensor) {
  const TflitePadding padding = value(tensor).padding;
  TfliteShape shape = shape_of(file_.tensor(tensor));
  shape.height -= padding.h.before + padding.h.after;
  shape.width -= padding.w.before + padding.w.after;
  values_.at(tensor).padding = {};
  const int stored = read(tensor, shape);
  values_.at(tensor).padding = padding;
  return {stored, padding};
}

void TfliteValues::add_view(int to, int from, int made_by, const TflitePadding& padding) {
  const TfliteValue& source = value(from);
  if (source.padding != TflitePadding{}) read(from);  // throws
  values_[to] = {source.tensor, made_by, padding};
}

bool TfliteValues::quantize_input(int from, int to, int made_by, const TfliteType& type) {
  const fb::TensorT& input = *model_.tensors.front();
  if (value(from).tensor != 0 || input_is_read_ || !is_float(file_.tensor(from))) return false;
  if (input.dtype != fb::DType::kF32 && (double{input.scale} != type.scale || input.zero_point != type.zero_point))
    throw Error("quantizes the model's input a second time, to a different scale or zero point");
  add_view(to, from, made_by);
  set_type(*model_.tensors.front(), type);
  return true;
}

int TfliteValues::append_layer(int number, const std::string& kind, const std::vector<int>& inputs,
                               const TfliteType& type, const TfliteShape& shape, fb::OperatorUnion op) {
  auto layer = std::make_unique<fb::LayerT>();
  layer->name = fmt::format("{}{}", kind, number);
  layer->inputs = inputs;
  layer->output = add_tensor(type, shape);
  layer->op = std::move(op);
  const int output = layer->output;
  model_.layers.push_back(std::move(layer));
  operators_.push_back(number);
  return output;
}

}  // namespace stapes
