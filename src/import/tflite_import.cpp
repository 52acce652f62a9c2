// SPDX-License-Identifier: Apache-2.0
#include "import/tflite_import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "import/tflite_float_layers.h"
#include "import/tflite_layers.h"
#include "import/tflite_upright.h"
#include "import/tflite_values.h"
#include "import/tflite_views.h"
#include "packed/limits.h"

namespace stapes {
namespace {
namespace fb = packed::fb;

constexpr std::size_t kMaxWeightBytes = std::size_t{1} << 28;
constexpr std::size_t kRequantizeBytes = 13;  // of a channel: weight, bias, multiplier and shift
using Code = tflite::BuiltinOperator;
using Type = tflite::TensorType;

constexpr Code kKnown[] = {Code::CONV_2D,
                           Code::DEPTHWISE_CONV_2D,
                           Code::FULLY_CONNECTED,
                           Code::AVERAGE_POOL_2D,
                           Code::MAX_POOL_2D,
                           Code::MEAN,
                           Code::ADD,
                           Code::SOFTMAX,
                           Code::LOGISTIC,
                           Code::RESHAPE,
                           Code::SQUEEZE,
                           Code::EXPAND_DIMS,
                           Code::STRIDED_SLICE,
                           Code::CONCATENATION,
                           Code::TRANSPOSE,
                           Code::PAD,
                           Code::PADV2,
                           Code::QUANTIZE,
                           Code::DEQUANTIZE};
bool is_known(Code code) { return std::ranges::find(kKnown, code) != std::end(kKnown); }

class TfliteImporter {
 public:
  TfliteImporter(const TfliteFile& file, TfliteRounding rounding) : file_(file), rounding_(rounding), values_(file) {}

  TfliteImport run() {
    refuse_16_bits();
    add_input();
    for (std::size_t i = 0; i < file_.operators().size(); ++i) {
      const TfliteOperator& op = file_.operators()[i];
      check_size();
      try {
        import(op, static_cast<int>(i));
      } catch (const Error& error) {
        note_problem(op, i, error.what());
      }
    }
    if (!problems_.empty()) throw Error("{}", fmt::join(problems_, "; "));
    return finish();
  }

 private:
  // Refuses a 16-bit model in one line, not one per operator.
  void refuse_16_bits() const {
    const auto is_16_bits = [&](int tensor) { return file_.tensor(tensor).type == Type::INT16; };
    for (const TfliteOperator& op : file_.operators()) {
      for (const int tensor : op.outputs) {
        if (!is_16_bits(tensor)) continue;
        throw Error(
            "16-bit activations (tensor {}, {}); expected int8 or float32: convert the model with int8 activations",
            tensor, file_.tensor(tensor).name);
      }
    }
  }

  // Shared constants are copied for each operator, so the total is limited.
  void check_size() {
    if (values_.model().layers.size() > static_cast<std::size_t>(kMaxLayers)) {
      throw Error("more than {} layers", kMaxLayers);
    }
    if (weight_bytes_ > kMaxWeightBytes) throw Error("more than {} bytes of weights", kMaxWeightBytes);
  }

  void note_problem(const TfliteOperator& op, std::size_t number, const std::string& what) {
    std::vector<std::string> shapes;
    for (const int tensor : op.inputs) {
      if (tensor >= 0) shapes.push_back(file_.tensor(tensor).shape_text());
    }
    problems_.push_back(fmt::format("operator {} ({} of {}): {}", number, op.name, fmt::join(shapes, ", "), what));
    // Operators that read its outputs are skipped.
    broken_.insert(op.outputs.begin(), op.outputs.end());
  }

  bool is_end(int tensor) const {
    return file_.inputs().front() == tensor || std::ranges::find(file_.outputs(), tensor) != file_.outputs().end();
  }
  Int8Grid grid_at(int tensor) const {
    return is_end(tensor) ? end_grid_of(file_.tensor(tensor)) : grid_of(file_.tensor(tensor));
  }

  void add_input() {
    if (file_.inputs().size() != 1) throw Error("{} inputs; expected one", file_.inputs().size());
    const int tensor = file_.inputs().front();
    const TfliteTensor& input = file_.tensor(tensor);
    values_.add_input(tensor, is_float(input) ? TfliteType{} : type_of_grid(end_grid_of(input)));
    result_.uint8_input = input.type == Type::UINT8;
  }

  template <class Op>
  void append(const TfliteOperator& op, int number, const char* kind, const std::vector<int>& inputs, Op packed) {
    values_.append(number, kind, inputs, op.outputs.front(), type_of(file_.tensor(op.outputs.front())),
                   std::move(packed));
  }

  void import(const TfliteOperator& op, int number) {
    for (const int tensor : op.inputs) {
      if (tensor < 0 || !broken_.contains(tensor)) continue;
      broken_.insert(op.outputs.begin(), op.outputs.end());  // only the first failure is reported
      return;
    }
    for (const int tensor : op.inputs) weight_bytes_ += tensor < 0 ? 0 : file_.tensor(tensor).data.size();
    if (is_shape_arithmetic(op)) return shapes_.insert(op.outputs.begin(), op.outputs.end()), void();
    if (!is_known(op.code)) throw Error("unsupported operator");
    const TfliteTensor &in = tflite_input(file_, op), &out = tflite_output(file_, op);
    if (!changes_type(op) && is_float(in) != is_float(out)) {
      throw Error("outputs {} from {}; expected the same type", tflite::EnumNameTensorType(out.type),
                  tflite::EnumNameTensorType(in.type));
    }
    switch (op.code) {
      case Code::RESHAPE:
      case Code::SQUEEZE:
      case Code::EXPAND_DIMS:
      case Code::STRIDED_SLICE:
      case Code::CONCATENATION:
        return import_view(op, number);
      case Code::TRANSPOSE:
        return import_transpose(op, number);
      case Code::PAD:
      case Code::PADV2:
        return import_pad(op, number);
      case Code::QUANTIZE:
        return import_quantize(op, number);
      case Code::DEQUANTIZE:
        return import_dequantize(op, number);
      default:
        return import_layer(op, number);
    }
  }

  static bool changes_type(const TfliteOperator& op) {
    return op.code == Code::QUANTIZE || op.code == Code::DEQUANTIZE;
  }

  void import_layer(const TfliteOperator& op, int number) {
    const int in = op.inputs.front();
    const bool real = is_float(file_.tensor(in));
    switch (op.code) {
      case Code::CONV_2D:
      case Code::DEPTHWISE_CONV_2D: {
        const auto [tensor, padding] = values_.read_padded(in);
        const char* const kind = op.code == Code::CONV_2D ? "conv" : "depthwise";
        return real ? append(op, number, kind, {tensor}, conv_f32_of(file_, op, padding))
                    : append(op, number, kind, {tensor}, conv_of(file_, op, padding));
      }
      case Code::MAX_POOL_2D: {
        const auto [tensor, padding] = values_.read_padded(in);
        return append(op, number, "max", {tensor}, max_pool_of(file_, op, padding));
      }
      case Code::FULLY_CONNECTED:
        return import_linear(op, number);
      case Code::AVERAGE_POOL_2D:
        return append(op, number, "average", {values_.read(in)}, average_pool_of(file_, op));
      case Code::MEAN:
        return import_mean(op, number);
      case Code::ADD:
        return real ? append(op, number, "add", operands(op), add_f32_of(file_, op))
                    : append(op, number, "add", operands(op), add_of(file_, op));
      case Code::SOFTMAX:
        check_output(file_, op, shape_of(file_.tensor(in)));
        return append(op, number, "softmax", {values_.read(in)}, real ? softmax_f32_of(op) : softmax_of(file_, op));
      case Code::LOGISTIC:
        check_output(file_, op, shape_of(file_.tensor(in)));
        return append(op, number, "logistic", {values_.read(in)}, real ? fb::LogisticT{} : logistic_of(file_, op));
      default:
        throw Error("unsupported operator");
    }
  }

  std::vector<int> operands(const TfliteOperator& op) {
    check_operands(file_, op);
    const int first = values_.read(op.inputs[0]);
    return {first, values_.read(op.inputs[1])};
  }

  // The output keeps the reduced axes with size 1, even if the file does not.
  void import_mean(const TfliteOperator& op, int number) {
    const TflitePool pool = mean_geometry(file_, op);
    const TfliteShape in = shape_of(tflite_input(file_, op));
    const TfliteShape stored{in.height / pool.h.kernel, in.width / pool.w.kernel, in.channels};
    const int tensor = values_.read(op.inputs.front()), out = op.outputs.front();
    const TfliteType type = type_of(file_.tensor(out));
    return type.dtype == fb::DType::kF32
               ? values_.append(number, "mean", {tensor}, out, type, mean_f32_of(pool), stored)
               : values_.append(number, "mean", {tensor}, out, type, mean_of(file_, op, pool), stored);
  }

  // A fully connected layer reads any shape, unless it outputs one row per position.
  TfliteShape linear_input(const TfliteOperator& op) const {
    const TfliteShape out = shape_of(tflite_output(file_, op));
    return out.height * out.width == 1 ? values_.stored_shape(op.inputs.front()) : shape_of(tflite_input(file_, op));
  }

  void import_linear(const TfliteOperator& op, int number) {
    const int in = op.inputs.front();
    const TfliteShape row{1, 1, static_cast<int>(file_.tensor(in).elements())};
    if (tflite_output(file_, op).type == Type::INT32) {
      const TfliteType type{fb::DType::kI32, sum_scale(file_, op), 0};
      linear_geometry(file_, op, row);
      return values_.append(number, "linear", {values_.read(in, row)}, op.outputs.front(), type, sums_of(file_, op));
    }
    if (rounding_ == TfliteRounding::kLitert && !is_float(file_.tensor(in))) {
      fb::LinearI8OnceT layer = linear_once_of(file_, op, row);
      return append(op, number, "linear", {values_.read(in, row)}, std::move(layer));
    }
    const TfliteShape shape = linear_input(op);
    const int tensor = values_.read(in, shape);
    return is_float(file_.tensor(in)) ? append(op, number, "linear", {tensor}, linear_f32_of(file_, op, shape))
                                      : append(op, number, "linear", {tensor}, linear_of(file_, op, shape));
  }

  // Whether the operator only computes the target shape of a RESHAPE. The file stores all shapes anyway.
  bool is_shape_arithmetic(const TfliteOperator& op) const {
    const bool known = op.code == Code::SHAPE || op.code == Code::STRIDED_SLICE || op.code == Code::PACK ||
                       op.code == Code::CONCATENATION;
    if (!known || op.outputs.size() != 1) return false;
    const Type type = file_.tensor(op.outputs.front()).type;
    if (type != Type::INT32 && type != Type::INT64) return false;
    return op.code == Code::SHAPE || std::ranges::all_of(op.inputs, [&](int tensor) {
             return tensor >= 0 && (shapes_.contains(tensor) || file_.tensor(tensor).is_constant());
           });
  }

  void import_view(const TfliteOperator& op, int number) {
    check_view(file_, op);
    const TfliteTensor &from = tflite_input(file_, op), &to = tflite_output(file_, op);
    if (!is_float(from) && grid_at(op.inputs.front()) != grid_at(op.outputs.front()))
      throw Error("the output has a different scale or zero point than the input");
    shape_of(to);
    values_.add_view(op.outputs.front(), op.inputs.front(), number);
  }

  void import_transpose(const TfliteOperator& op, int number) {
    const TfliteTransposition transposition = transposition_of(file_, op);
    if (transposition.is_view) return import_view(op, number);
    const int out = op.outputs.front();
    keep_grid(file_, op);
    shape_of(file_.tensor(out));
    const int tensor = values_.read(op.inputs.front(), {1, transposition.rows, transposition.columns});
    values_.append(number, "transpose", {tensor}, out, type_of(file_.tensor(out)), fb::TransposeT{},
                   {transposition.columns, transposition.rows, 1});
  }

  void import_pad(const TfliteOperator& op, int number) {
    const TflitePadding padding = padding_of(file_, op);
    keep_grid(file_, op);
    values_.read(op.inputs.front());  // in the file's shape, to which the padding applies
    values_.add_view(op.outputs.front(), op.inputs.front(), number, padding);
  }

  // A QUANTIZE of the model's float input makes the input int8. Any other QUANTIZE converts between grids.
  void import_quantize(const TfliteOperator& op, int number) {
    const int in = op.inputs.front(), out = op.outputs.front();
    if (file_.tensor(in).shape != file_.tensor(out).shape)
      throw Error("outputs {}, which is not the shape of its input", file_.tensor(out).shape_text());
    const Int8Grid to = grid_at(out);
    if (is_float(file_.tensor(in))) {
      if (values_.quantize_input(in, out, number, type_of_grid(to))) return;
      throw Error("quantizes float values; supported only for the model's input, before any layer reads it");
    }
    const Int8Grid from = grid_at(in);
    if (from == to) return values_.add_view(out, in, number);
    const TfliteShape shape = shape_of(file_.tensor(in));
    weight_bytes_ += static_cast<std::size_t>(shape.channels) * kRequantizeBytes;
    values_.append(number, "quantize", {values_.read(in)}, out, type_of_grid(to),
                   requantize_of(from, to, shape.channels));
  }

  // A model may end by dequantizing its scores.
  void import_dequantize(const TfliteOperator& op, int number) {
    const bool last = number + 1 == static_cast<int>(file_.operators().size());
    if (!last || op.outputs != file_.outputs()) throw Error("supported only as the last operator");
    const TfliteTensor &from = tflite_input(file_, op), &to = tflite_output(file_, op);
    if (to.type != Type::FLOAT32 || from.shape != to.shape) {
      throw Error("outputs {} of type {}; expected FLOAT32 with the shape of its input", to.shape_text(),
                  tflite::EnumNameTensorType(to.type));
    }
    values_.add_view(op.outputs.front(), op.inputs.front(), number);
  }

  // Reshapes the scores to a row.
  void make_row(int tensor) {
    const TfliteShape stored = values_.stored_shape(tensor);
    if (stored.elements() > kMaxLabels)
      throw Error("{} scores; at most {} are supported", stored.elements(), kMaxLabels);
    result_.classes = static_cast<int>(stored.elements());
    if (stored.height == 1 && stored.width == 1) return;
    values_.read(scores_before_dequantize(tensor), {1, 1, result_.classes});
  }
  int scores_before_dequantize(int tensor) const {
    const TfliteOperator& last = file_.operators().back();
    return last.code == Code::DEQUANTIZE ? last.inputs.front() : tensor;
  }

  TfliteImport finish() {
    if (file_.outputs().size() != 1) throw Error("{} outputs; expected one", file_.outputs().size());
    fb::ModelT& model = values_.model();
    if (model.layers.empty()) throw Error("no operator computes anything");
    const int output = file_.outputs().front();
    if (values_.value(output).tensor != model.layers.back()->output)
      throw Error("the model's output is not the output of the last operator");
    if (values_.value(output).padding != TflitePadding{})
      throw Error("the output is padded; padding is supported only before a convolution or a max-pool");
    make_row(output);
    result_.uint8_output = file_.tensor(output).type == Type::UINT8;
    const fb::TensorT& input = *model.tensors.front();
    model.route = input.dtype == fb::DType::kF32 ? "fp32" : "int8";
    model.features = true;
    model.sample_rate_hz = 0;
    model.window_samples = input.height * input.width * input.channels;
    turn_if_upright(model);
    result_.model = std::move(model);
    result_.operators = values_.operators();
    return std::move(result_);
  }

  const TfliteFile& file_;
  const TfliteRounding rounding_;
  TfliteValues values_;
  TfliteImport result_;
  std::set<int> broken_;  // outputs of operators without a packed form
  std::set<int> shapes_;  // tensors of shape arithmetic
  std::vector<std::string> problems_;
  std::size_t weight_bytes_ = 0;
};

}  // namespace

TfliteImport import_tflite(const TfliteFile& file, TfliteRounding rounding) {
  return TfliteImporter(file, rounding).run();
}

}  // namespace stapes
