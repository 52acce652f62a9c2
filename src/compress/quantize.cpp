#include "compress/quantize.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "compress/range_histogram.h"
#include "kernels/quantize_multiplier.h"
#include "packed/model_file.h"
#include "packed/writer.h"
#include "runtime/host_classifier.h"

namespace stapes {
namespace fb = packed::fb;
namespace {

constexpr int kInt8Min = -128, kInt8Max = 127;
constexpr double kMaxBias = 1 << 28;  // leaves room for the products in the int32 sum

// Collects the float outputs of every layer.
class RangeObserver final : public LayerObserver {
 public:
  explicit RangeObserver(std::size_t layers) : ranges_(layers) {}
  void layer_output(int layer, const void* values, std::size_t count) noexcept override {
    ranges_[static_cast<std::size_t>(layer)].add({static_cast<const float*>(values), count});
  }
  const std::vector<RangeHistogram>& ranges() const { return ranges_; }

 private:
  std::vector<RangeHistogram> ranges_;
};

std::vector<RangeHistogram> observe(const fb::ModelT& fp32, const CalibrationWindows& windows) {
  HostClassifier classifier(std::make_shared<ModelFile>(serialize_model(fp32), "the model to quantize"));
  RangeObserver observer(fp32.layers.size());
  std::vector<float> wave;
  windows([&](std::span<const std::int16_t> window) {
    wave.resize(window.size());
    std::transform(window.begin(), window.end(), wave.begin(), [](std::int16_t v) { return v / 32768.0f; });
    classifier.run_observed(wave, observer);
  });
  if (wave.empty()) throw Error("no calibration windows: the calibration set is empty");
  return observer.ranges();
}

// real = scale * (q - zero_point), zero exactly representable.
void set_affine(fb::TensorT& tensor, RangeHistogram::Range range) {
  const double span = range.high - range.low;
  tensor.dtype = fb::DType::kI8;
  tensor.scale =
      span > 0 ? static_cast<float>(span / (kInt8Max - kInt8Min)) : 1.0f;  // nothing but zeros: any scale does
  const double zero = kInt8Min - range.low / double{tensor.scale};
  tensor.zero_point = std::clamp(static_cast<int>(std::lround(zero)), kInt8Min, kInt8Max);
}

// Symmetric: q in [-127, 127].
double weight_scale(std::span<const float> weights) {
  double largest = 0;
  for (const float w : weights) largest = std::max(largest, double{std::fabs(w)});
  return largest > 0 ? largest / kInt8Max : 1;
}

std::int8_t quantize_weight(float weight, double scale) {
  return static_cast<std::int8_t>(std::clamp<long>(std::lround(weight / scale), -kInt8Max, kInt8Max));
}

std::int32_t quantize_bias(float bias, double scale) { return static_cast<std::int32_t>(std::llround(bias / scale)); }

fb::ConvI8T quantize_conv(const fb::ConvF32T& conv, const fb::TensorT& in, const fb::TensorT& out) {
  fb::ConvI8T op;
  op.window = std::make_unique<fb::Window>(*conv.window);
  op.minimum = conv.relu ? static_cast<std::int8_t>(out.zero_point) : static_cast<std::int8_t>(kInt8Min);
  op.maximum = kInt8Max;
  const std::size_t filter = conv.weights.size() / conv.bias.size();
  for (std::size_t o = 0; o < conv.bias.size(); ++o) {
    const auto weights = std::span(conv.weights).subspan(o * filter, filter);
    // A filter of nearly nothing beside its bias: coarser weights, so that the bias fits.
    const double scale = std::max(weight_scale(weights), std::fabs(conv.bias[o]) / (kMaxBias * double{in.scale}));
    for (const float w : weights) op.weights.push_back(quantize_weight(w, scale));
    const double accumulator_scale = scale * double{in.scale};
    op.bias.push_back(quantize_bias(conv.bias[o], accumulator_scale));
    const FixedPointFactor rescale = quantize_multiplier(accumulator_scale / double{out.scale});
    op.multiplier.push_back(rescale.multiplier);
    op.shift.push_back(rescale.shift);
  }
  return op;
}

// One scale for the whole head, so that the int32 scores compare with each other as they are.
fb::LinearI8T quantize_head(const fb::LinearF32T& linear, const fb::TensorT& in, fb::TensorT& out) {
  fb::LinearI8T op;
  double scale = weight_scale(linear.weights);
  for (const float b : linear.bias) scale = std::max(scale, std::fabs(b) / (kMaxBias * double{in.scale}));
  for (const float w : linear.weights) op.weights.push_back(quantize_weight(w, scale));
  out.dtype = fb::DType::kI32;
  out.scale = static_cast<float>(scale * double{in.scale});
  for (const float b : linear.bias) op.bias.push_back(quantize_bias(b, scale * double{in.scale}));
  return op;
}

void quantize_layer(fb::LayerT& layer, fb::ModelT& model, const RangeHistogram& seen) {
  const fb::TensorT& in = *model.tensors[static_cast<std::size_t>(layer.inputs.front())];
  fb::TensorT& out = *model.tensors[static_cast<std::size_t>(layer.output)];
  switch (layer.op.type) {
    case fb::Operator::ConvF32: {
      set_affine(out, seen.best_range());
      layer.op.Set(quantize_conv(*layer.op.AsConvF32(), in, out));
      return;
    }
    case fb::Operator::LinearF32: {
      layer.op.Set(quantize_head(*layer.op.AsLinearF32(), in, out));
      return;
    }
    case fb::Operator::Swap:
    case fb::Operator::AveragePool: {
      out.dtype = in.dtype;
      out.scale = in.scale;
      out.zero_point = in.zero_point;
      return;
    }
    default:
      throw Error("layer {} is not a full-precision one; quantize takes a packed fp32 model", layer.name);
  }
}

// A model of its own, by way of its bytes: generated tables of this FlatBuffers version have no copy.
std::unique_ptr<fb::ModelT> copy(const fb::ModelT& model) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(fb::Model::Pack(builder, &model));
  return std::unique_ptr<fb::ModelT>(fb::GetModel(builder.GetBufferPointer())->UnPack());
}

}  // namespace

fb::ModelT quantize_post_training(const fb::ModelT& fp32, const CalibrationWindows& windows) {
  if (fp32.route != "fp32") throw Error("the model is of route {}; quantize takes an fp32 one", fp32.route);
  const std::vector<RangeHistogram> ranges = observe(fp32, windows);
  std::unique_ptr<fb::ModelT> model = copy(fp32);
  model->route = "int8";
  fb::TensorT& wave = *model->tensors.front();
  wave.dtype = fb::DType::kI16;
  wave.scale = 1.0f / 32768;
  for (std::size_t i = 0; i < model->layers.size(); ++i) {
    if (!ranges[i].finite()) throw Error("layer {} gives infinities on the calibration clips", fp32.layers[i]->name);
  }
  for (std::size_t i = 0; i < model->layers.size(); ++i) quantize_layer(*model->layers[i], *model, ranges[i]);
  return std::move(*model);
}

}  // namespace stapes
