// SPDX-License-Identifier: Apache-2.0
#include "import/tflite_import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <utility>

#include "base/error.h"
#include "import/tflite_layers.h"
#include "packed/limits.h"

namespace stapes {
namespace {
namespace fb = packed::fb;

constexpr std::size_t kMostWeightBytes = std::size_t{1} << 28;
using Code = tflite::BuiltinOperator;

// A tensor of the packed model that holds a tensor of the file.
struct Value {
  int tensor = 0;
  TfliteShape shape;
};

// A model of a time series often has time as its height and a width of 1. Kernels work along rows, so height and width
// are exchanged; the order of the values in memory stays the same.
fb::Window turned(const fb::Window& w) {
  return {w.kernel_w(), w.kernel_h(), w.stride_w(), w.stride_h(), w.pad_w(), w.pad_h(), w.pool_w(), w.pool_h()};
}

template <class Op>
void turn_window(Op& op) {
  *op.window = turned(*op.window);
  if (op.end_pads) *op.end_pads = fb::EndPads(op.end_pads->w(), op.end_pads->h());
}

// Whether a window lies along the height alone.
template <class Op>
bool is_upright(const Op& op) {
  const int end_pad = op.end_pads ? op.end_pads->w() : op.window->pad_w();
  return op.window->kernel_w() == 1 && op.window->pad_w() == 0 && end_pad == 0;
}

void turn_upright_models(fb::ModelT& model) {
  for (const auto& tensor : model.tensors) {
    if (tensor->width != 1) return;
  }
  for (const auto& layer : model.layers) {
    if (const auto* conv = layer->op.AsConvI8(); conv != nullptr && !is_upright(*conv)) return;
    if (const auto* pool = layer->op.AsMaxPool(); pool != nullptr && !is_upright(*pool)) return;
  }
  for (const auto& tensor : model.tensors) std::swap(tensor->height, tensor->width);
  for (const auto& layer : model.layers) {
    if (auto* conv = layer->op.AsConvI8()) turn_window(*conv);
    if (auto* pool = layer->op.AsMaxPool()) turn_window(*pool);
    if (auto* pool = layer->op.AsAveragePool()) std::swap(pool->pool_h, pool->pool_w);
  }
}

class TfliteImporter {
 public:
  explicit TfliteImporter(const TfliteFile& file) : file_(file) {}

  TfliteImport run() {
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
    finish();
    return std::move(result_);
  }

 private:
  // Constants may be shared by operators, and are copied.
  void check_size() const {
    if (result_.model.layers.size() > static_cast<std::size_t>(kMaxLayers)) {
      throw Error("more than {} layers", kMaxLayers);
    }
    if (weight_bytes_ > kMostWeightBytes) throw Error("more than {} bytes of weights", kMostWeightBytes);
  }

  void note_problem(const TfliteOperator& op, std::size_t number, const std::string& what) {
    std::vector<std::string> shapes;
    for (const int tensor : op.inputs) {
      if (tensor >= 0) shapes.push_back(file_.tensor(tensor).shape_text());
    }
    problems_.push_back(fmt::format("operator {} ({} of {}): {}", number, op.name, fmt::join(shapes, ", "), what));
    // Its readers are examined as if it were there.
    for (const int tensor : op.outputs) broken_[tensor] = true;
  }

  int add_tensor(const TfliteTensor& from, const TfliteShape& shape) {
    const TfliteGrid grid = grid_of(from);
    auto tensor = std::make_unique<fb::TensorT>();
    tensor->dtype = fb::DType::kI8;
    tensor->height = shape.height;
    tensor->width = shape.width;
    tensor->channels = shape.channels;
    tensor->scale = static_cast<float>(grid.scale);
    tensor->zero_point = grid.zero_point;
    result_.model.tensors.push_back(std::move(tensor));
    return static_cast<int>(result_.model.tensors.size()) - 1;
  }

  // A model may begin by quantizing a float input: then its int8 form is the input.
  void add_input() {
    if (file_.inputs().size() != 1) throw Error("{} inputs; expected one", file_.inputs().size());
    int tensor = file_.inputs().front();
    if (!file_.operators().empty()) {
      const TfliteOperator& first = file_.operators().front();
      const bool quantizes = first.code == Code::QUANTIZE && first.inputs == std::vector<int>{tensor} &&
                             first.outputs.size() == 1 && file_.tensor(tensor).type == tflite::TensorType::FLOAT32 &&
                             file_.tensor(tensor).shape == file_.tensor(first.outputs.front()).shape;
      if (quantizes) tensor = first.outputs.front();
      skips_first_ = quantizes;
    }
    const TfliteShape shape = shape_of(file_.tensor(tensor));
    values_[tensor] = {add_tensor(file_.tensor(tensor), shape), shape};
  }

  const Value& value(int tensor) const {
    const auto found = values_.find(tensor);
    if (found == values_.end()) throw Error("reads tensor {}, which nothing before it computes", tensor);
    return found->second;
  }

  // What an operator computes is read in the shape that the file gives it.
  const Value& shaped_value(int tensor) const {
    const Value& found = value(tensor);
    if (found.shape == shape_of(file_.tensor(tensor))) return found;
    throw Error("reads a reshaped tensor {}; only a fully connected layer can", file_.tensor(tensor).shape_text());
  }

  template <class Op>
  void append(const TfliteOperator& op, int number, const char* kind, std::vector<int> inputs, Op packed) {
    for (const int tensor : op.inputs) weight_bytes_ += tensor < 0 ? 0 : file_.tensor(tensor).data.size();
    if (op.outputs.size() != 1) throw Error("{} outputs; expected one", op.outputs.size());
    const int tensor = op.outputs.front();
    const TfliteShape shape = shape_of(file_.tensor(tensor));
    auto layer = std::make_unique<fb::LayerT>();
    layer->name = fmt::format("{}{}", kind, number);
    layer->inputs = std::move(inputs);
    layer->output = add_tensor(file_.tensor(tensor), shape);
    layer->op.Set(std::move(packed));
    values_[tensor] = {layer->output, shape};
    result_.model.layers.push_back(std::move(layer));
    result_.operators.push_back(number);
  }

  template <class Op>
  void append(const TfliteOperator& op, int number, const char* kind, Op packed) {
    append(op, number, kind, {shaped_value(op.inputs.at(0)).tensor}, std::move(packed));
  }

  void import(const TfliteOperator& op, int number) {
    if (number == 0 && skips_first_) return;
    if (op.inputs.empty() || op.inputs.front() < 0) throw Error("no input");
    for (const int tensor : op.inputs) {
      if (tensor < 0 || !broken_[tensor]) continue;
      for (const int made : op.outputs) broken_[made] = true;  // said once, where it broke
      return;
    }
    switch (op.code) {
      case Code::CONV_2D:
        return append(op, number, "conv", conv_of(file_, op));
      case Code::DEPTHWISE_CONV_2D:
        return append(op, number, "depthwise", depthwise_of(file_, op));
      case Code::FULLY_CONNECTED:
        return import_linear(op, number);
      case Code::AVERAGE_POOL_2D:
        return append(op, number, "average", average_pool_of(file_, op));
      case Code::MAX_POOL_2D:
        return append(op, number, "max", max_pool_of(file_, op));
      case Code::ADD:
        return import_add(op, number);
      case Code::SOFTMAX:
        return append(op, number, "softmax", softmax_of(file_, op));
      case Code::LOGISTIC:
        return append(op, number, "logistic", logistic_of(file_, op));
      case Code::RESHAPE:
      case Code::SQUEEZE:
      case Code::EXPAND_DIMS:
        return import_view(op);
      case Code::DEQUANTIZE:
        return import_dequantize(op, number);
      default:
        throw Error("has no packed form");
    }
  }

  void import_linear(const TfliteOperator& op, int number) {
    const Value& in = value(op.inputs.front());
    append(op, number, "linear", {in.tensor}, linear_of(file_, op, in.shape));
  }

  void import_add(const TfliteOperator& op, int number) {
    if (op.inputs.size() != 2) throw Error("{} operands; expected two", op.inputs.size());
    fb::AddI8T packed = add_of(file_, op);
    append(op, number, "add", {shaped_value(op.inputs[0]).tensor, shaped_value(op.inputs[1]).tensor},
           std::move(packed));
  }

  // The same values in the same order.
  void import_view(const TfliteOperator& op) {
    if (op.outputs.size() != 1) throw Error("{} outputs; expected one", op.outputs.size());
    const TfliteTensor &from = file_.tensor(op.inputs.front()), &to = file_.tensor(op.outputs.front());
    if (from.elements() != to.elements()) throw Error("gives {}, another number of values", to.shape_text());
    const TfliteGrid in = grid_of(from), out = grid_of(to);
    if (in.scale != out.scale || in.zero_point != out.zero_point)
      throw Error("an output on another grid than the input");
    values_[op.outputs.front()] = value(op.inputs.front());
  }

  // A model may end by making its scores real.
  void import_dequantize(const TfliteOperator& op, int number) {
    const bool last = number + 1 == static_cast<int>(file_.operators().size());
    if (!last || op.outputs != file_.outputs()) throw Error("has no packed form before the last operator");
    const TfliteTensor &from = file_.tensor(op.inputs.front()), &to = file_.tensor(op.outputs.front());
    if (to.type != tflite::TensorType::FLOAT32 || from.shape != to.shape) {
      throw Error("gives {} of type {}; expected FLOAT32 of its input's shape", to.shape_text(),
                  tflite::EnumNameTensorType(to.type));
    }
    values_[op.outputs.front()] = value(op.inputs.front());
  }

  void finish() {
    if (file_.outputs().size() != 1) throw Error("{} outputs; expected one", file_.outputs().size());
    if (result_.model.layers.empty()) throw Error("no operator computes anything");
    const Value& scores = value(file_.outputs().front());
    if (scores.tensor != result_.model.layers.back()->output)
      throw Error("the output is not what the last operator gives");
    if (scores.shape.height != 1 || scores.shape.width != 1) {
      throw Error("an output of {}x{}x{}; expected one row of scores", scores.shape.height, scores.shape.width,
                  scores.shape.channels);
    }
    if (scores.shape.channels > kMaxLabels)
      throw Error("{} scores; at most {} are supported", scores.shape.channels, kMaxLabels);
    result_.classes = scores.shape.channels;
    const fb::TensorT& input = *result_.model.tensors.front();
    result_.model.route = "int8";
    result_.model.features = true;
    result_.model.sample_rate_hz = 0;
    result_.model.window_samples = input.height * input.width * input.channels;
    turn_upright_models(result_.model);
  }

  const TfliteFile& file_;
  TfliteImport result_;
  std::map<int, Value> values_;  // by tensor of the file
  std::map<int, bool> broken_;   // tensors that an operator without a packed form gives
  std::vector<std::string> problems_;
  bool skips_first_ = false;
  std::size_t weight_bytes_ = 0;
};

}  // namespace

TfliteImport import_tflite(const TfliteFile& file) { return TfliteImporter(file).run(); }

}  // namespace stapes
