// SPDX-License-Identifier: Apache-2.0
#include "import/tflite_reference.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace stapes::test {
namespace {

using Code = tflite::BuiltinOperator;
using Type = tflite::TensorType;
using std::int64_t;

// A positive factor as 31 bits of mantissa and a power of two.
struct Factor {
  int64_t mantissa = 0;
  int exponent = 0;
};
Factor factor_of(double real) {
  Factor f;
  f.mantissa = std::llround(std::frexp(real, &f.exponent) * 2147483648.0);
  if (f.mantissa == 2147483648) {
    f.mantissa /= 2;
    ++f.exponent;
  }
  return f.exponent < -31 ? Factor{} : f;
}

// TensorFlow Lite Micro's two roundings: the upper half of the doubled product, halves up; then a power of two, halves
// away from zero.
int64_t rescaled(int64_t x, const Factor& f) {
  if (f.exponent > 0) x *= int64_t{1} << f.exponent;
  const int64_t high =
      static_cast<int64_t>(std::floor(static_cast<long double>(x) * f.mantissa / 2147483648.0L + 0.5L));
  if (f.exponent >= 0) return high;
  const long double quotient = std::ldexp(static_cast<long double>(high), f.exponent);
  return static_cast<int64_t>(std::copysign(std::floor(std::fabs(quotient) + 0.5L), quotient));
}

// LiteRT rounds once, halves up.
int64_t rescaled_once(int64_t x, const Factor& f) {
  return static_cast<int64_t>(std::floor(std::ldexp(static_cast<long double>(x) * f.mantissa, f.exponent - 31) + 0.5L));
}

struct Dims {
  int h = 1, w = 1, c = 1;
};
Dims dims_of(const TfliteTensor& tensor) {
  const std::vector<int>& s = tensor.shape;
  const auto from_end = [&](std::size_t i) { return s.size() >= i ? s[s.size() - i] : 1; };
  return s.size() < 2 ? Dims{1, 1, from_end(1)}
                      : Dims{s.size() < 4 ? 1 : from_end(3), s.size() < 3 ? 1 : from_end(2), from_end(1)};
}
std::size_t at(const Dims& d, int y, int x, int c) { return static_cast<std::size_t>((y * d.w + x) * d.c + c); }

struct Axis {
  int size = 1, stride = 1, before = 0;
};
Axis axis_of(tflite::Padding padding, int in, int out, int size, int stride) {
  const int missing = std::max(0, (out - 1) * stride + size - in);
  return {size, stride, padding == tflite::Padding::SAME ? missing / 2 : 0};
}

class Reference {
 public:
  Reference(const TfliteFile& file, TfliteRounding rounding) : file_(file), rounding_(rounding) {}

  std::map<int, Values> run(const Values& input) {
    values_[file_.inputs().front()] = input;
    for (const TfliteOperator& op : file_.operators()) run(op);
    return std::move(values_);
  }

 private:
  const TfliteTensor& tensor(int index) const { return file_.tensor(index); }
  bool is_float(int index) const { return tensor(index).type == Type::FLOAT32; }
  double scale(int index, std::size_t channel = 0) const {
    const auto& scales = tensor(index).scale;
    return scales.empty() ? 1 : double{scales[scales.size() == 1 ? 0 : channel]};
  }
  double zero_point(int index) const { return tensor(index).zero_point.empty() ? 0 : tensor(index).zero_point.front(); }

  Values values(int index) const {
    if (const auto found = values_.find(index); found != values_.end()) return found->second;
    const TfliteTensor& t = tensor(index);
    switch (t.type) {
      case Type::INT8:
        return constants<std::int8_t>(t);
      case Type::INT32:
        return constants<std::int32_t>(t);
      case Type::FLOAT32:
        return constants<float>(t);
      default:
        throw std::runtime_error("a constant of another type");
    }
  }
  template <class T>
  static Values constants(const TfliteTensor& t) {
    std::vector<T> raw(t.data.size() / sizeof(T));
    std::memcpy(raw.data(), t.data.data(), t.data.size());
    return {raw.begin(), raw.end()};
  }

  double stored(int index, double q) const {
    const bool is_unsigned = tensor(index).type == Type::UINT8;
    return std::clamp(q, is_unsigned ? 0.0 : -128.0, is_unsigned ? 255.0 : 127.0);
  }
  double activated(int output, double value, tflite::ActivationFunctionType f) const {
    const double infinity = std::numeric_limits<double>::infinity();
    const double low = f == tflite::ActivationFunctionType::NONE           ? -infinity
                       : f == tflite::ActivationFunctionType::RELU_N1_TO_1 ? -1
                                                                           : 0;
    const double high = f == tflite::ActivationFunctionType::RELU6          ? 6
                        : f == tflite::ActivationFunctionType::RELU_N1_TO_1 ? 1
                                                                            : infinity;
    if (is_float(output)) return std::clamp(value, low, high);
    const auto on_grid = [&](double real) {
      return std::isinf(real) ? real : zero_point(output) + std::round(real / scale(output));
    };
    return stored(output, std::clamp(value, on_grid(low), on_grid(high)));
  }

  // Rescales a sum of products to an output value. Zero points are already subtracted.
  double output_of(const TfliteOperator& op, double sum, std::size_t filter, bool float_product,
                   tflite::ActivationFunctionType f) const {
    const int in = op.inputs[0], out = op.outputs[0];
    if (is_float(out)) return activated(out, sum, f);
    if (tensor(out).type == Type::INT32) return sum;
    const double product = float_product
                               ? double{static_cast<float>(scale(in)) * static_cast<float>(scale(op.inputs[1]))}
                               : scale(in) * scale(op.inputs[1], filter);
    const bool once = rounding_ == TfliteRounding::kLitert && op.code == Code::FULLY_CONNECTED;
    const auto q = (once ? rescaled_once : rescaled)(static_cast<int64_t>(sum), factor_of(product / scale(out)));
    return activated(out, zero_point(out) + static_cast<double>(q), f);
  }

  Values bias(const TfliteOperator& op, int filters) const {
    return op.inputs.size() > 2 ? values(op.inputs[2]) : Values(static_cast<std::size_t>(filters));
  }

  template <class Options>
  void convolve(const TfliteOperator& op, const Options& options, bool depthwise) {
    const Dims in = dims_of(tensor(op.inputs[0])), out = dims_of(tensor(op.outputs[0]));
    const std::vector<int>& w = tensor(op.inputs[1]).shape;
    const Axis h = axis_of(options.padding(), in.h, out.h, w[1], options.stride_h());
    const Axis v = axis_of(options.padding(), in.w, out.w, w[2], options.stride_w());
    const Values x = values(op.inputs[0]), weights = values(op.inputs[1]), b = bias(op, out.c);
    const int seen = depthwise ? 1 : w[3];  // channels
    Values result;
    for (int y = 0; y < out.h; ++y) {
      for (int column = 0; column < out.w; ++column) {
        for (int o = 0; o < out.c; ++o) {
          double sum = b[static_cast<std::size_t>(o)];
          const int first = depthwise ? o / (out.c / in.c) : o / (out.c / (in.c / seen)) * seen;
          for (int i = 0; i < h.size; ++i) {
            for (int j = 0; j < v.size; ++j) {
              const int in_y = y * h.stride - h.before + i, in_x = column * v.stride - v.before + j;
              if (in_y < 0 || in_y >= in.h || in_x < 0 || in_x >= in.w) continue;
              for (int c = 0; c < seen; ++c) {
                const int tap = depthwise ? (i * w[2] + j) * out.c + o : ((o * w[1] + i) * w[2] + j) * seen + c;
                sum += weights[static_cast<std::size_t>(tap)] *
                       (x[at(in, in_y, in_x, first + c)] - zero_point(op.inputs[0]));
              }
            }
          }
          result.push_back(output_of(op, sum, static_cast<std::size_t>(o), false, options.fused_activation_function()));
        }
      }
    }
    values_[op.outputs[0]] = result;
  }

  void multiply(const TfliteOperator& op) {
    const auto& options = op.as<tflite::FullyConnectedOptions>();
    const std::vector<int>& w = tensor(op.inputs[1]).shape;
    const Values x = values(op.inputs[0]), weights = values(op.inputs[1]), b = bias(op, w[0]);
    Values result;
    for (std::size_t row = 0; row < x.size(); row += static_cast<std::size_t>(w[1])) {
      for (std::size_t o = 0; o < static_cast<std::size_t>(w[0]); ++o) {
        double sum = b[o];
        for (std::size_t i = 0; i < static_cast<std::size_t>(w[1]); ++i) {
          sum += weights[o * static_cast<std::size_t>(w[1]) + i] * (x[row + i] - zero_point(op.inputs[0]));
        }
        const bool one_scale = tensor(op.inputs[1]).scale.size() == 1;
        result.push_back(output_of(op, sum, o, one_scale, options.fused_activation_function()));
      }
    }
    values_[op.outputs[0]] = result;
  }

  void pool(const TfliteOperator& op) {
    const auto& options = op.as<tflite::Pool2DOptions>();
    const Dims in = dims_of(tensor(op.inputs[0])), out = dims_of(tensor(op.outputs[0]));
    const Axis h = axis_of(options.padding(), in.h, out.h, options.filter_height(), options.stride_h());
    const Axis v = axis_of(options.padding(), in.w, out.w, options.filter_width(), options.stride_w());
    const Values x = values(op.inputs[0]);
    Values result;
    for (int y = 0; y < out.h; ++y) {
      for (int column = 0; column < out.w; ++column) {
        for (int c = 0; c < out.c; ++c) {
          Values inside;
          for (int i = 0; i < h.size; ++i) {
            for (int j = 0; j < v.size; ++j) {
              const int in_y = y * h.stride - h.before + i, in_x = column * v.stride - v.before + j;
              if (in_y >= 0 && in_y < in.h && in_x >= 0 && in_x < in.w) inside.push_back(x[at(in, in_y, in_x, c)]);
            }
          }
          result.push_back(op.code == Code::MAX_POOL_2D ? *std::ranges::max_element(inside)
                                                        : mean_of(inside, is_float(op.inputs[0])));
        }
      }
    }
    values_[op.outputs[0]] = result;
  }
  static double mean_of(const Values& inside, bool real) {
    double sum = 0;
    for (const double v : inside) sum += v;
    const double mean = sum / static_cast<double>(inside.size());
    return real ? mean : std::round(mean);  // halves away from zero
  }

  // Over height, width or both.
  void mean(const TfliteOperator& op) {
    const int in_index = op.inputs[0], out_index = op.outputs[0];
    const Dims in = dims_of(tensor(in_index));
    bool over_h = false, over_w = false;
    const auto rank = static_cast<int>(tensor(in_index).shape.size());
    for (const double axis : values(op.inputs[1])) {
      const int from_end = axis < 0 ? -static_cast<int>(axis) : rank - static_cast<int>(axis);
      (from_end == 3 ? over_h : over_w) = true;
    }
    const int h = over_h ? in.h : 1, w = over_w ? in.w : 1;
    const Values x = values(in_index);
    Values result;
    for (int y = 0; y < in.h; y += h) {
      for (int column = 0; column < in.w; column += w) {
        for (int c = 0; c < in.c; ++c) {
          double sum = 0;
          for (int i = 0; i < h; ++i) {
            for (int j = 0; j < w; ++j) sum += x[at(in, y + i, column + j, c)] - zero_point(in_index);
          }
          result.push_back(is_float(in_index) ? sum / (h * w) : integer_mean(sum, h * w, in_index, out_index));
        }
      }
    }
    values_[out_index] = result;
  }
  // Rescales by the ratio of the scales over `count`, keeping all bits that fit.
  double integer_mean(double sum, int count, int in, int out) const {
    Factor f = factor_of(scale(in) / scale(out));
    const int bits = std::min(static_cast<int>(std::floor(std::log2(count))), 31 + f.exponent);
    f = {(f.mantissa << bits) / count, f.exponent - bits};
    return stored(out, zero_point(out) + static_cast<double>(rescaled(static_cast<int64_t>(sum), f)));
  }

  void add(const TfliteOperator& op) {
    const int a = op.inputs[0], b = op.inputs[1], out = op.outputs[0];
    const Values left = values(a), right = values(b);
    const double common = 2 * std::max(scale(a), scale(b));
    Values result;
    for (std::size_t i = 0; i < left.size(); ++i) {
      double value = left[i] + right[i];
      if (!is_float(out)) {
        const auto branch = [&](int index, double q) {
          return rescaled(static_cast<int64_t>(q - zero_point(index)) * (1 << 20), factor_of(scale(index) / common));
        };
        const int64_t sum = branch(a, left[i]) + branch(b, right[i]);
        value = zero_point(out) + static_cast<double>(rescaled(sum, factor_of(common / ((1 << 20) * scale(out)))));
      }
      result.push_back(activated(out, value, op.as<tflite::AddOptions>().fused_activation_function()));
    }
    values_[out] = result;
  }

  void softmax(const TfliteOperator& op) {
    const int in = op.inputs[0], out = op.outputs[0];
    const Values x = values(in);
    const auto channels = static_cast<std::size_t>(dims_of(tensor(in)).c);
    Values result;
    for (std::size_t row = 0; row < x.size(); row += channels) {
      double sum = 0;
      const auto exponential = [&](std::size_t c) { return std::exp(scale(in) * (x[row + c] - x[row])); };
      for (std::size_t c = 0; c < channels; ++c) sum += exponential(c);
      for (std::size_t c = 0; c < channels; ++c) result.push_back(probability(out, exponential(c) / sum));
    }
    values_[out] = result;
  }
  void logistic(const TfliteOperator& op) {
    const int in = op.inputs[0], out = op.outputs[0];
    Values result;
    for (const double q : values(in)) {
      result.push_back(probability(out, 1 / (1 + std::exp(-scale(in) * (q - zero_point(in))))));
    }
    values_[out] = result;
  }
  double probability(int out, double p) const { return is_float(out) ? p : stored(out, std::round(p * 256) - 128); }

  void pad(const TfliteOperator& op) {
    const Dims in = dims_of(tensor(op.inputs[0])), out = dims_of(tensor(op.outputs[0]));
    const Values x = values(op.inputs[0]), list = values(op.inputs[1]);
    Values result(static_cast<std::size_t>(out.h * out.w * out.c), zero_point(op.outputs[0]));
    for (int y = 0; y < in.h; ++y) {
      for (int column = 0; column < in.w; ++column) {
        for (int c = 0; c < in.c; ++c) {
          result[at(out, y + static_cast<int>(list[2]), column + static_cast<int>(list[4]), c)] =
              x[at(in, y, column, c)];
        }
      }
    }
    values_[op.outputs[0]] = result;
  }

  void transpose(const TfliteOperator& op) {
    const std::vector<int>& in = tensor(op.inputs[0]).shape;
    const Values x = values(op.inputs[0]), order = values(op.inputs[1]);
    Values result;
    std::vector<int> index(in.size());  // of the output
    for (std::size_t n = 0; n < x.size(); ++n) {
      std::vector<int> from(in.size());
      for (std::size_t i = 0; i < in.size(); ++i) from[static_cast<std::size_t>(order[i])] = index[i];
      std::size_t flat = 0;
      for (std::size_t i = 0; i < in.size(); ++i)
        flat = flat * static_cast<std::size_t>(in[i]) + static_cast<std::size_t>(from[i]);
      result.push_back(x[flat]);
      for (std::size_t i = in.size(); i-- > 0;) {
        if (++index[i] < in[static_cast<std::size_t>(order[i])]) break;
        index[i] = 0;
      }
    }
    values_[op.outputs[0]] = result;
  }

  void quantize(const TfliteOperator& op) {
    const int in = op.inputs[0], out = op.outputs[0];
    Values result;
    for (const double v : values(in)) {
      const double q = is_float(in) ? std::round(v / scale(out))
                                    : static_cast<double>(rescaled(static_cast<int64_t>(v - zero_point(in)),
                                                                   factor_of(scale(in) / scale(out))));
      result.push_back(stored(out, zero_point(out) + q));
    }
    values_[out] = result;
  }
  void dequantize(const TfliteOperator& op) {
    Values result;
    for (const double q : values(op.inputs[0])) result.push_back(scale(op.inputs[0]) * (q - zero_point(op.inputs[0])));
    values_[op.outputs[0]] = result;
  }

  void run(const TfliteOperator& op) {
    switch (op.code) {
      case Code::CONV_2D:
        return convolve(op, op.as<tflite::Conv2DOptions>(), false);
      case Code::DEPTHWISE_CONV_2D:
        return convolve(op, op.as<tflite::DepthwiseConv2DOptions>(), true);
      case Code::FULLY_CONNECTED:
        return multiply(op);
      case Code::AVERAGE_POOL_2D:
      case Code::MAX_POOL_2D:
        return pool(op);
      case Code::MEAN:
        return mean(op);
      case Code::ADD:
        return add(op);
      case Code::SOFTMAX:
        return softmax(op);
      case Code::LOGISTIC:
        return logistic(op);
      case Code::PAD:
      case Code::PADV2:
        return pad(op);
      case Code::TRANSPOSE:
        return transpose(op);
      case Code::QUANTIZE:
        return quantize(op);
      case Code::DEQUANTIZE:
        return dequantize(op);
      case Code::SHAPE:
      case Code::PACK:
        return;
      default:  // RESHAPE and the like
        if (tensor(op.outputs[0]).type != Type::INT32) values_[op.outputs[0]] = values(op.inputs[0]);
    }
  }

  const TfliteFile& file_;
  const TfliteRounding rounding_;
  std::map<int, Values> values_;
};

}  // namespace

std::map<int, Values> run_reference(const TfliteFile& file, const Values& input, TfliteRounding rounding) {
  return Reference(file, rounding).run(input);
}

}  // namespace stapes::test
