// SPDX-License-Identifier: Apache-2.0
// tflite_values.h: builds the packed model of a .tflite file and tracks the packed form of the file's tensors.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "import/tflite_layers.h"

namespace stapes {

// The type and grid of a tensor of the packed model.
struct TfliteType {
  packed::fb::DType dtype = packed::fb::DType::kF32;
  double scale = 1;
  int zero_point = 0;
};
TfliteType type_of(const TfliteTensor& tensor);  // float32 or int8; throws Error for others
TfliteType type_of_grid(const Int8Grid& grid);   // int8

// A tensor of the file in the packed model: the same values in the same order, often in another shape. Excludes the
// padding of a PAD.
struct TfliteValue {
  int tensor = 0;
  int made_by = -1;  // an operator; -1: the model's input
  TflitePadding padding;
};

class TfliteValues {
 public:
  explicit TfliteValues(const TfliteFile& file) : file_(file) {}

  void add_input(int tensor, const TfliteType& type);

  // Throws Error if the tensor has not been computed yet.
  const TfliteValue& value(int tensor) const;
  TfliteShape stored_shape(int tensor) const;  // of the packed tensor

  // The packed tensor with the values of `tensor`, in the file's shape or in `shape`. Appends a Reshape if necessary,
  // but a model input that nothing has read yet is given the shape directly. Throws Error for a padded tensor.
  int read(int tensor) { return read(tensor, shape_of(file_.tensor(tensor))); }
  int read(int tensor, const TfliteShape& shape);
  // The packed tensor without its padding, and the padding.
  std::pair<int, TflitePadding> read_padded(int tensor);

  // Operator `made_by` outputs the values of `from`, possibly surrounded by padding.
  void add_view(int to, int from, int made_by, const TflitePadding& padding = {});
  // Makes the model's float input int8. Returns false if `from` is another tensor or a layer already reads the input.
  // Throws Error if the input already has another scale or zero point.
  bool quantize_input(int from, int to, int made_by, const TfliteType& type);

  // Appends a layer. The output has the file's shape unless `shape` is given.
  template <class Op>
  void append(int number, const std::string& kind, const std::vector<int>& inputs, int output, const TfliteType& type,
              Op packed) {
    append(number, kind, inputs, output, type, std::move(packed), shape_of(file_.tensor(output)));
  }
  template <class Op>
  void append(int number, const std::string& kind, const std::vector<int>& inputs, int output, const TfliteType& type,
              Op packed, const TfliteShape& shape) {
    packed::fb::OperatorUnion op;
    op.Set(std::move(packed));
    values_[output] = {append_layer(number, kind, inputs, type, shape, std::move(op)), number, {}};
  }

  packed::fb::ModelT& model() { return model_; }
  const std::vector<int>& operators() const { return operators_; }  // the operator's number for each layer

 private:
  int add_tensor(const TfliteType& type, const TfliteShape& shape);
  int append_layer(int number, const std::string& kind, const std::vector<int>& inputs, const TfliteType& type,
                   const TfliteShape& shape, packed::fb::OperatorUnion op);

  const TfliteFile& file_;
  packed::fb::ModelT model_;
  std::vector<int> operators_;
  std::map<int, TfliteValue> values_;  // by tensor of the file
  bool input_is_read_ = false;
};

}  // namespace stapes
